#include "tests/actors/policy/cluster/schedule.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace troupe::support;

namespace {

verdict run_some(std::uint64_t first, std::uint64_t count, sabotage broken) {
  verdict sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    auto plan = make_schedule(seed);
    plan.broken = broken;
    sum.add(run(plan));
  }
  return sum;
}

} // namespace

TEST_CASE("cluster: in two hundred random schedules, nothing acknowledged is lost", "[policy][cluster]") {
  verdict sum;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto plan = make_schedule(seed);
    const auto result = run(plan);
    sum.add(result);
    if (!result.good())
      FAIL_CHECK(describe(shrink(plan)) << "\n" << result.what);
  }
  // The world must have been bad enough for the rules to be needed.
  CHECK(sum.acked > 3'000);
  CHECK(sum.taken_over > 30);
  CHECK(sum.moved > 5);
  CHECK(sum.copied_anew > 50);
  CHECK(sum.with_two_owners == 0);
}

TEST_CASE("cluster: a seed decides everything", "[policy][cluster]") {
  for (const std::uint64_t seed : {3u, 17u, 99u}) {
    const auto once = run(make_schedule(seed));
    const auto again = run(make_schedule(seed));
    CHECK(once.events == again.events);
    CHECK(once.acked == again.acked);
    CHECK(once.twice_by_split == again.twice_by_split);
  }
}

TEST_CASE("cluster: the checks see a rule that is broken", "[policy][cluster]") {
  SECTION("a 250 before the copies are there") {
    CHECK(run_some(1, 150, sabotage::early_250).lost > 0);
  }
  SECTION("answers before what they promise is on disk") {
    CHECK(run_some(1, 150, sabotage::sends_before_writes).lost > 0);
  }
  SECTION("notices that are not repeated") {
    CHECK_FALSE(run_some(1, 150, sabotage::notices_once).good());
  }
  SECTION("a side without a majority that goes on") {
    CHECK(run_some(1, 150, sabotage::no_majority).with_two_owners > 1);
  }
  SECTION("a node that returns and does not ask") {
    CHECK(run_some(1, 150, sabotage::returns_unasked).with_two_owners > 0);
  }
  SECTION("claims that are not on disk") {
    CHECK_FALSE(run_some(1, 400, sabotage::custody_in_memory).good());
  }
}
