#include "actors/watchdog.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

struct get_on {};
struct take_work {
  std::size_t pieces = 0;
};

using worker_bee = caf::typed_actor<caf::reacts_to<get_on>, caf::reacts_to<take_work>>;

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(get_on)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(take_work)

namespace {

class bee final : public base_actor<worker_bee> {
public:
  bee(caf::actor_config& config, const house& home, std::string_view kind, std::string path)
    : base_actor(config, home, {kind, std::move(path), 16}) {}

protected:
  worker_bee::behavior_type make_behavior() override {
    return {
      [](const get_on&) {},
      [this](const take_work& x) { card().in_hand = x.pieces; },
    };
  }
};

struct hive : support::actor_fixture {
  std::shared_ptr<roll_call> roll = std::make_shared<roll_call>();
  watchdog_actor dog = spawn<watchdog>(home, roll);

  worker_bee hatch(std::string_view kind, const std::string& path, std::size_t pieces) {
    const auto made = spawn<bee>(home, kind, path);
    self->send(made, take_work{pieces});
    settle();
    return made;
  }
};

} // namespace

TEST_CASE_METHOD(hive, "watchdog: who has work and does not get on is reported and ended", "[actors]") {
  hatch("bee", "/stuck", 1);
  advance(work_stuck_after - 1s);
  CHECK_FALSE(is_gone("/stuck"));
  advance(3s);
  CHECK(is_gone("/stuck"));
  CHECK(logged().find("actor_stuck") != std::string::npos);
  CHECK(logged().find("/stuck") != std::string::npos);
  CHECK(roll->why_fell().empty());
}

TEST_CASE_METHOD(hive, "watchdog: who has nothing to do may rest for ever", "[actors]") {
  hatch("bee", "/idle", 0);
  advance(1000s);
  CHECK_FALSE(is_gone("/idle"));
}

TEST_CASE_METHOD(hive, "watchdog: who gets on, however slowly, is left alone", "[actors]") {
  const auto slow = hatch("bee", "/slow", 3);
  for (int i = 0; i < 3; ++i) {
    advance(work_stuck_after - 10s);
    self->send(slow, get_on{});
    settle();
  }
  CHECK_FALSE(is_gone("/slow"));
}

TEST_CASE_METHOD(hive, "watchdog: who waits for a disk gets its own time", "[actors]") {
  hatch("store", "/queue/store/0", 1);
  advance(290s);
  CHECK_FALSE(is_gone("/queue/store/0"));
  advance(15s);
  CHECK(is_gone("/queue/store/0"));
}

TEST_CASE_METHOD(hive, "watchdog: a handler that never returns brings the house down", "[actors]") {
  // On no scheduler: nothing that is sent to it is ever handled.
  auto card = std::make_shared<actor_card>();
  card->kind = "bee";
  card->path = "/wedged";
  card->mailbox_depth = 1;
  const auto entry = home.actors.enter(card);
  advance(35s);
  CHECK(roll->why_fell().empty());
  advance(30s);
  CHECK(roll->why_fell() == "/wedged: stuck, and does not end");
  home.actors.leave(entry);
}

TEST_CASE_METHOD(support::actor_fixture, "watchdog: whom it has no room to watch is counted", "[actors]") {
  const auto roll = std::make_shared<roll_call>();
  const auto dog = spawn<watchdog>(home, roll, policy::watch_options{.actors_max = 1});
  std::vector<worker_bee> all;
  for (const auto* path : {"/one", "/two"}) {
    all.push_back(spawn<bee>(home, "bee", path));
    self->send(all.back(), take_work{1});
  }
  settle();
  advance(3s);
  const auto counted = home.metrics.actors_unwatched_total().value();
  CHECK(counted >= 2);
  CHECK(counted <= 4); // each look once
}
