// What the tests of the pool's desk have in common.

#pragma once

#include "actors/policy/pool_desk.hpp"

#include <numeric>
#include <string>

namespace troupe::pool_desk_play {

using namespace std::chrono_literals;
using policy::job_outcome;
using policy::job_request;
using policy::pool_desk;

inline constexpr steady_time noon{12h};

inline job_request patient(policy::job_number job, std::uint64_t owner = 1,
                    priority_class priority = priority_class::normal) {
  return {.job = job, .owner = owner, .priority = priority, .wait = 30s};
}

inline job_request impatient(policy::job_number job) {
  return {.job = job, .owner = 1};
}

/// What the desk hands out now, as "job@worker".
inline std::string handed_out(pool_desk& desk, steady_time now) {
  std::string all;
  while (const auto next = desk.next(now))
    all += (all.empty() ? "" : " ") + std::to_string(next->job) + '@' + std::to_string(next->worker);
  return all;
}

inline std::uint64_t gone(const pool_desk& desk, job_outcome how) {
  return desk.numbers(noon).jobs[how];
}

/// Every job that ever came has exactly one end, or is still here.
inline bool is_accounted_for(const pool_desk& desk) {
  const auto all = desk.numbers(noon);
  const auto& ends = all.jobs.by_outcome;
  return std::accumulate(ends.begin(), ends.end(), std::uint64_t{0}) + all.at_work - all.abandoned
           + all.buffered
         == all.jobs.submitted;
}

} // namespace troupe::pool_desk_play
