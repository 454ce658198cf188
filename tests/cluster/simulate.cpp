// Runs random schedules of a cluster in a virtual world, and says what was lost.
//
//   simulate [--schedules N] [--seed FIRST] [--sabotage NAME]
//
// Ends with 1 if a schedule failed: its seed is printed, and with it the faults that it
// takes to fail. The same seed fails again. So it does if two nodes were about to deliver the
// same mail in more schedules than is explained.

#include "tests/actors/policy/cluster/schedule.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace troupe::support;

namespace {

constexpr std::size_t shown_max = 5;
constexpr std::uint64_t progress_every = 10'000;

} // namespace

int main(int argc, char** argv) {
  std::uint64_t schedules = 2000;
  std::uint64_t seed = 1;
  auto broken = sabotage::none;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view key = argv[i];
    if (key == "--schedules")
      schedules = std::strtoull(argv[i + 1], nullptr, 10);
    else if (key == "--seed")
      seed = std::strtoull(argv[i + 1], nullptr, 10);
    for (const auto each : all_sabotages)
      if (key == "--sabotage" && to_string(each) == argv[i + 1])
        broken = each;
  }
  verdict sum;
  std::size_t failed = 0;
  for (std::uint64_t i = 0; i < schedules; ++i) {
    if (i > 0 && i % progress_every == 0) {
      std::printf("%llu of %llu, %zu failed\n", static_cast<unsigned long long>(i),
                  static_cast<unsigned long long>(schedules), failed);
      std::fflush(stdout);
    }
    auto plan = make_schedule(seed + i);
    plan.broken = broken;
    const auto result = run(plan);
    sum.add(result);
    if (broken == sabotage::none) {
      const auto hop = run_hop(seed + i);
      sum.add(hop);
      if (!hop.good() && failed++ < shown_max)
        std::printf("seed %llu, limit of a next hop: %s\n", static_cast<unsigned long long>(seed + i), hop.what.c_str());
    }
    if (result.good())
      continue;
    if (failed++ >= shown_max)
      continue;
    const auto smallest = shrink(plan);
    std::printf("%s\n  -> %s\n", describe(smallest).c_str(), run(smallest).what.c_str());
  }
  std::printf("%llu schedules from seed %llu (%s): %zu failed; %zu messages acknowledged, %zu recipients lost, "
              "%zu stuck, %zu lost that had too few copies, %zu left over; delivered twice: %zu by a crash, "
              "%zu by two nodes, %zu unexplained, %zu schedules with two owners at once; %zu taken over, %zu moved, %zu copied anew; %zu times over a "
              "limit, %zu times two probes (%zu probes, %zu %% of the limit used); %zu events\n",
              static_cast<unsigned long long>(schedules), static_cast<unsigned long long>(seed),
              std::string{to_string(broken)}.c_str(), failed, sum.acked, sum.lost, sum.stuck, sum.short_lost,
              sum.left_over, sum.twice_by_crash, sum.twice_by_split, sum.twice_unexplained, sum.with_two_owners,
              sum.taken_over,
              sum.moved, sum.copied_anew, sum.over_limit, sum.probes_at_once, sum.probes,
              sum.used_of == 0 ? 0 : sum.used * 100 / sum.used_of, sum.events);
  const bool too_often = schedules >= 1000 && sum.with_two_owners * 1000 > two_owners_per_1000_max * schedules;
  if (too_often)
    std::printf("two owners at once too often: at most %zu of 1000 schedules may have them\n", two_owners_per_1000_max);
  return failed == 0 && !too_often ? 0 : 1;
}
