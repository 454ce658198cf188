#include "actors/warden.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include <thread>

using namespace troupe;
using namespace troupe::actors;

namespace {

const std::string as_told;       // went as expected
constexpr steady_time no_time{}; // a deadline that has passed

} // namespace

TEST_CASE("roll call: nobody is left once all names of the prefix went", "[actors]") {
  roll_call roll;
  CHECK(roll.wait_gone("", no_time));
  roll.came("/inbound/listener/0");
  roll.came("/inbound/listener/1");
  roll.came("/queue/shard/0");
  CHECK_FALSE(roll.wait_gone("/inbound/", no_time));
  CHECK(roll.wait_gone("/outbound/", no_time));
  roll.went("/inbound/listener/1", as_told);
  CHECK_FALSE(roll.wait_gone("/inbound/", no_time));
  roll.went("/inbound/listener/0", as_told);
  CHECK(roll.wait_gone("/inbound/", no_time));
  CHECK_FALSE(roll.wait_gone("/queue/shard/0", no_time));
  CHECK_FALSE(roll.wait_gone("", no_time));
  roll.went("/queue/shard/0", as_told);
  CHECK(roll.wait_gone("", no_time));
}

TEST_CASE("roll call: who came twice has to go twice", "[actors]") {
  roll_call roll;
  roll.came("/clerk");
  roll.came("/clerk");
  roll.went("/clerk", as_told);
  CHECK_FALSE(roll.wait_gone("/clerk", no_time));
  roll.went("/clerk", as_told);
  CHECK(roll.wait_gone("/clerk", no_time));
}

TEST_CASE("roll call: the first death that nobody asked for is the one that is told", "[actors]") {
  roll_call roll;
  for (const auto* name : {"/a", "/b", "/c"})
    roll.came(name);
  roll.went("/a", as_told);
  CHECK(roll.first_unexpected().empty());
  roll.went("/b", "a bug");
  CHECK(roll.first_unexpected() == "/b: a bug");
  roll.went("/c", "another");
  CHECK(roll.first_unexpected() == "/b: a bug");
}

TEST_CASE("roll call: the last to go ends a wait long before its deadline", "[actors]") {
  roll_call roll;
  roll.came("/clerk");
  std::thread clerk([&] { roll.went("/clerk", as_told); });
  CHECK(roll.wait_gone("/clerk", steady_now() + seconds{60}));
  clerk.join();
}

namespace {

caf::behavior idle(caf::event_based_actor*) {
  return {[](int) {}};
}

struct stage : support::actor_fixture {
  std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();
  warden_actor who_watches = spawn<warden>(home, roll);
  caf::actor clerk = sys.spawn(idle);

  stage() {
    roll->came("/clerk");
    self->send(who_watches, watch{caf::actor_cast<caf::strong_actor_ptr>(clerk), "/clerk"});
    settle();
  }
};

} // namespace

TEST_CASE_METHOD(stage, "warden: a shutdown is no death to tell of", "[actors]") {
  CHECK_FALSE(roll->wait_gone("/clerk", no_time));
  caf::anon_send_exit(clerk, caf::exit_reason::user_shutdown);
  settle();
  CHECK(roll->wait_gone("/clerk", no_time));
  CHECK(roll->first_unexpected().empty());
}

TEST_CASE_METHOD(stage, "warden: any other death is told, with its reason", "[actors]") {
  caf::anon_send_exit(clerk, caf::exit_reason::kill);
  settle();
  CHECK(roll->wait_gone("/clerk", no_time));
  const auto told = roll->first_unexpected();
  CHECK(told.starts_with("/clerk: "));
  CHECK(told.find("kill") != told.npos);
}
