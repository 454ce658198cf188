#include "tests/actors/policy/pool_desk_play.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <vector>

using namespace troupe;
using namespace troupe::pool_desk_play;
using namespace std::chrono_literals;
using policy::pool_options;
using policy::work_style;
using fate = policy::job_entry::fate;

TEST_CASE("pool desk: whatever happens, every job has exactly one end", "[policy]") {
  std::mt19937 dice{GENERATE(range(1u, 31u))};
  const pool_options options{.min = 2,
                             .max = 6,
                             .mailbox = 3,
                             .buffer = 20,
                             .timeout = 5s,
                             .style = dice() % 2 == 0 ? work_style::one_by_one
                                                      : work_style::all_at_once,
                             .quiet = 2s};
  pool_desk desk{options};
  std::map<policy::worker_number, std::vector<policy::job_number>> mailboxes;
  std::map<policy::job_number, int> open; // awaited
  policy::worker_number workers = 0;
  policy::job_number jobs = 0;
  auto now = noon;
  const auto ended = [&](policy::job_number job) { REQUIRE(open.erase(job) == 1); };
  const auto lose = [&](policy::worker_number worker) {
    for (const auto job : desk.worker_lost(worker, now))
      ended(job);
    mailboxes.erase(worker);
  };
  for (int i = 0; i < 3000; ++i) {
    now += milliseconds{dice() % 200};
    auto some = mailboxes.begin();
    if (!mailboxes.empty())
      std::advance(some, dice() % mailboxes.size());
    switch (dice() % 8) {
      case 0:
        if (!open.empty()) {
          auto which = open.begin();
          std::advance(which, dice() % open.size());
          REQUIRE(desk.cancel(which->first, now));
          open.erase(which);
        }
        break;
      case 1:
        if (dice() % 5 == 0 && some != mailboxes.end())
          lose(some->first);
        break;
      case 2: {
        const auto round = desk.tick(now);
        for (const auto job : round.expired)
          ended(job);
        for (const auto& each : round.wedged)
          open.erase(each.job); // cancelled ones are not open
        for (const auto& each : round.wedged)
          if (mailboxes.contains(each.worker))
            lose(each.worker);
        for (const auto worker : round.retired) {
          REQUIRE(mailboxes.at(worker).empty());
          mailboxes.erase(worker);
        }
        while (desk.workers() < desk.wanted()) {
          desk.worker_joined(++workers, now);
          mailboxes[workers];
        }
        break;
      }
      case 3:
      case 4:
        if (some != mailboxes.end() && !some->second.empty()) {
          const auto job = some->second.front();
          some->second.erase(some->second.begin());
          REQUIRE(desk.finished(job, some->first, job_outcome::completed, now)
                  == (open.erase(job) == 1));
        }
        break;
      default: {
        const auto entry = desk.submit({.job = ++jobs,
                                        .owner = dice() % 3,
                                        .priority = static_cast<priority_class>(dice() % 4),
                                        .wait = milliseconds{dice() % 3000}},
                                       now);
        if (entry.what != fate::refused)
          open[jobs] = 1;
        if (entry.what == fate::assigned)
          mailboxes.at(entry.worker).push_back(jobs);
      }
    }
    while (const auto next = desk.next(now))
      mailboxes.at(next->worker).push_back(next->job);
    std::size_t busy = 0;
    for (const auto& [worker, mailbox] : mailboxes) {
      REQUIRE(mailbox.size() <= options.mailbox);
      busy += mailbox.empty() ? 0 : 1;
    }
    REQUIRE(desk.busy() == busy);
    REQUIRE(desk.workers() == mailboxes.size());
    REQUIRE(desk.wanted() >= options.min);
    REQUIRE(desk.wanted() <= options.max);
    REQUIRE(is_accounted_for(desk));
  }
}
