#include "tests/actors/route_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::breaker_state;

namespace {

using questions = std::shared_ptr<std::vector<ask_allowance>>;

allowance_giver::behavior_type fake_governor(allowance_giver::pointer, questions notes) {
  return {[notes](const ask_allowance& x) {
    notes->push_back(x);
    notes->back().from = nullptr; // lest they hold each other
  }};
}

/// A ROUTE in a cluster; the test is its GOVERNOR.
struct governed_stage : support::route_fixture {
  questions asked = std::make_shared<std::vector<ask_allowance>>();

  governed_stage() {
    terms.connections_max = 10;
    options.governor = make_role<allowance_giver>(kept(sys.spawn(fake_governor, asked)));
  }

  void allow(unsigned sessions, breaker_state breaker = breaker_state::closed, bool trial = false) {
    self->send(way, use_allowance{sessions, breaker, trial});
    settle();
  }

  std::size_t standing() {
    std::size_t number = 0;
    for (const auto& each : *hired)
      number += each->handle && !each->told_to_leave ? 1 : 0;
    return number;
  }
};

} // namespace

TEST_CASE_METHOD(governed_stage, "a governed route waits for its allowance, and asks for what it can use", "[actors]") {
  open();
  offer(1, 100);
  CHECK(hired->empty());
  CHECK(view().ready == 100);
  REQUIRE_FALSE(asked->empty());
  CHECK(asked->back().wanted == 2); // its window
  CHECK(asked->back().sessions_max == 10);
  CHECK(asked->back().hop == options.name);
  allow(1);
  CHECK(hired->size() == 1);
  allow(10);
  CHECK(hired->size() == 2);
}

TEST_CASE_METHOD(governed_stage, "sessions that are not allowed any more end: idle ones at once, the others after the grace", "[actors]") {
  open();
  allow(10);
  offer(1, 2);
  REQUIRE(hired->size() == 2);
  finish(man(0));
  allow(1);
  CHECK(man(0).told_to_leave);
  CHECK_FALSE(man(1).told_to_leave);
  allow(0);
  CHECK(man(1).told_to_leave);
  say(man(0), session_ended{host_news::fine, {}, {}});
  CHECK(view().in_hand == 1);
  const auto tries = count(attempt_end::stopped);
  advance(allowance_grace + 100ms);
  CHECK(view().sessions == 0);
  CHECK(count(attempt_end::stopped) == tries + 1);
}

TEST_CASE_METHOD(governed_stage, "what a host does is told to the governor, whose breaker it is", "[actors]") {
  open();
  allow(10);
  offer(1, 400);
  for (std::size_t i = 0; i < 6; ++i)
    fail(man(i));
  CHECK(view().breaker.state == breaker_state::closed);
  std::uint32_t failures = 0;
  for (const auto& each : *asked)
    failures += each.failures;
  CHECK(failures >= 6);
  allow(10, breaker_state::open);
  CHECK(view().state == "resting");
  CHECK(view().ready == 0);
  CHECK(count(attempt_end::put_off) > 0);
  const auto before = hired->size();
  offer(200, 210);
  CHECK(hired->size() == before);
}

TEST_CASE_METHOD(governed_stage, "while the breaker of a cluster is not closed, only who was given the trial tries once", "[actors]") {
  open();
  allow(10, breaker_state::open);
  allow(10, breaker_state::half_open, true);
  offer(1, 50);
  REQUIRE(hired->size() == 1);
  CHECK(man(0).in_hand.size() == 1);
  advance(2s);
  CHECK(hired->size() == 1);
  finish(man(0));
  advance(1s);
  CHECK(asked->back().successes + (*asked)[asked->size() - 2].successes >= 1);
  allow(10, breaker_state::closed);
  offer(60, 70);
  CHECK(hired->size() >= 2);
}

TEST_CASE_METHOD(governed_stage, "mail that was put off comes back when the breaker of the cluster closes", "[actors]") {
  open();
  allow(10, breaker_state::open);
  offer(1, 5);
  CHECK(count(attempt_end::put_off) == 5);
  allow(10, breaker_state::closed);
  CHECK(notes->recalled.size() == 5);
}
