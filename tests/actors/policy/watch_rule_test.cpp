#include "actors/policy/watch_rule.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace std::chrono_literals;
using policy::watch_rule;
using policy::watch_sample;
using policy::watch_verdict;

namespace {

constexpr steady_time noon{12h};

watch_sample at_work(std::uint64_t progress, std::uint64_t actor = 1) {
  return {.actor = actor, .has_work = true, .progress = progress, .deadline = 10s};
}

watch_sample idle(std::uint64_t progress) {
  return {.actor = 1, .has_work = false, .progress = progress, .deadline = 10s};
}

} // namespace

TEST_CASE("watch rule: who has work and stands still is stuck once, then abandoned once",
          "[policy]") {
  watch_rule rule;
  for (auto after = 0s; after < 10s; after += 1s)
    CHECK(rule.see(at_work(7), noon + after) == watch_verdict::fine);
  CHECK(rule.stuck() == 0);
  CHECK(rule.see(at_work(7), noon + 10s) == watch_verdict::stuck);
  CHECK(rule.stuck() == 1);
  CHECK(rule.see(at_work(7), noon + 19s) == watch_verdict::fine);
  CHECK(rule.see(at_work(7), noon + 20s) == watch_verdict::abandon);
  CHECK(rule.see(at_work(7), noon + 40s) == watch_verdict::fine);
  CHECK(rule.stuck() == 1);
}

TEST_CASE("watch rule: a late watchdog still grants the second deadline", "[policy]") {
  watch_rule rule;
  CHECK(rule.see(at_work(7), noon) == watch_verdict::fine);
  CHECK(rule.see(at_work(7), noon + 1h) == watch_verdict::stuck);
  CHECK(rule.see(at_work(7), noon + 1h + 9s) == watch_verdict::fine);
  CHECK(rule.see(at_work(7), noon + 1h + 10s) == watch_verdict::abandon);
}

TEST_CASE("watch rule: progress, or an end of the work, starts the clock again", "[policy]") {
  watch_rule rule;
  const bool was_stuck = GENERATE(false, true);
  CHECK(rule.see(at_work(7), noon) == watch_verdict::fine);
  const auto now = noon + (was_stuck ? 10s : 9s);
  CHECK(rule.see(at_work(7), now) == (was_stuck ? watch_verdict::stuck : watch_verdict::fine));
  SECTION("progress") {
    CHECK(rule.see(at_work(8), now + 1s) == watch_verdict::fine);
    CHECK(rule.stuck() == 0);
    CHECK(rule.see(at_work(8), now + 10s) == watch_verdict::fine);
    CHECK(rule.see(at_work(8), now + 11s) == watch_verdict::stuck);
  }
  SECTION("nothing left to do") {
    CHECK(rule.see(idle(7), now + 1s) == watch_verdict::fine);
    CHECK(rule.size() == 0);
    CHECK(rule.stuck() == 0);
    CHECK(rule.see(at_work(7), now + 1h) == watch_verdict::fine);
    CHECK(rule.see(at_work(7), now + 1h + 10s) == watch_verdict::stuck);
  }
}

TEST_CASE("watch rule: who idles is never stuck and takes no memory", "[policy]") {
  watch_rule rule;
  for (auto after = 0h; after < 48h; after += 1h)
    CHECK(rule.see(idle(7), noon + after) == watch_verdict::fine);
  CHECK(rule.size() == 0);
}

TEST_CASE("watch rule: each actor has its own deadline", "[policy]") {
  watch_rule rule;
  const watch_sample slow{.actor = 2, .has_work = true, .progress = 0, .deadline = 60s};
  CHECK(rule.see(at_work(0), noon) == watch_verdict::fine);
  CHECK(rule.see(slow, noon) == watch_verdict::fine);
  CHECK(rule.see(at_work(0), noon + 10s) == watch_verdict::stuck);
  CHECK(rule.see(slow, noon + 10s) == watch_verdict::fine);
  CHECK(rule.see(slow, noon + 60s) == watch_verdict::stuck);
}

TEST_CASE("watch rule: the gone are forgotten, and nobody inherits their time", "[policy]") {
  watch_rule rule;
  CHECK(rule.see(at_work(0, 1), noon) == watch_verdict::fine);
  CHECK(rule.see(at_work(0, 2), noon) == watch_verdict::fine);
  rule.end_round();
  CHECK(rule.size() == 2);
  CHECK(rule.see(at_work(0, 1), noon + 10s) == watch_verdict::stuck);
  rule.end_round();
  CHECK(rule.size() == 1);
  CHECK(rule.see(at_work(0, 2), noon + 10s) == watch_verdict::fine);
  rule.end_round();
  CHECK(rule.size() == 1);
  CHECK(rule.stuck() == 0);
  rule.end_round();
  CHECK(rule.size() == 0);
}

TEST_CASE("watch rule: above its bound it watches no more, and says so", "[policy]") {
  watch_rule rule{{.actors_max = 2}};
  for (std::uint64_t actor = 1; actor <= 3; ++actor)
    CHECK(rule.see(at_work(0, actor), noon) == watch_verdict::fine);
  CHECK(rule.size() == 2);
  CHECK(rule.unwatched() == 1);
  CHECK(rule.see(at_work(0, 3), noon + 1h) == watch_verdict::fine);
  CHECK(rule.see(at_work(0, 2), noon + 1h) == watch_verdict::stuck);
  CHECK(rule.unwatched() == 2);
  // One that gets on keeps its place.
  CHECK(rule.see(at_work(1, 2), noon + 1h) == watch_verdict::fine);
  CHECK(rule.size() == 2);
}

TEST_CASE("watch rule: time that goes backwards stands still", "[policy]") {
  watch_rule rule;
  CHECK(rule.see(at_work(0), noon) == watch_verdict::fine);
  CHECK(rule.see(at_work(0), noon - 1h) == watch_verdict::fine);
  CHECK(rule.see(at_work(0), noon + 10s) == watch_verdict::stuck);
  CHECK(rule.see(at_work(0), noon - 1h) == watch_verdict::fine);
}
