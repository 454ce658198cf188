#include "actors/policy/pool_desk.hpp"

#include "net/core/expect.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>

using namespace troupe;
using namespace std::chrono_literals;
using policy::job_outcome;
using policy::job_request;
using policy::pool_desk;
using policy::pool_options;
using policy::work_style;
using fate = policy::job_entry::fate;

namespace {

constexpr steady_time noon{12h};

job_request patient(policy::job_number job, std::uint64_t owner = 1,
                    priority_class priority = priority_class::normal) {
  return {.job = job, .owner = owner, .priority = priority, .wait = 30s};
}

job_request impatient(policy::job_number job) {
  return {.job = job, .owner = 1};
}

/// What the desk hands out now, as "job@worker".
std::string handed_out(pool_desk& desk, steady_time now) {
  std::string all;
  while (const auto next = desk.next(now))
    all += (all.empty() ? "" : " ") + std::to_string(next->job) + '@' + std::to_string(next->worker);
  return all;
}

std::uint64_t gone(const pool_desk& desk, job_outcome how) {
  return desk.numbers(noon).jobs[how];
}

/// Every job that ever came has exactly one end, or is still here.
bool is_accounted_for(const pool_desk& desk) {
  const auto all = desk.numbers(noon);
  const auto& ends = all.jobs.by_outcome;
  return std::accumulate(ends.begin(), ends.end(), std::uint64_t{0}) + all.at_work - all.abandoned
           + all.buffered
         == all.jobs.submitted;
}

} // namespace

TEST_CASE("pool desk: a job goes to the least loaded worker", "[policy]") {
  pool_desk desk{{.min = 2, .mailbox = 2}};
  desk.worker_joined(1, noon);
  desk.worker_joined(2, noon);
  for (const policy::worker_number worker : {1u, 2u, 1u, 2u}) {
    const auto entry = desk.submit(patient(desk.numbers(noon).jobs.submitted + 1), noon);
    CHECK(entry.what == fate::assigned);
    CHECK(entry.worker == worker);
  }
  CHECK(desk.submit(patient(5), noon).what == fate::buffered);
  CHECK(handed_out(desk, noon).empty());
  CHECK(desk.finished(2, 2, job_outcome::completed, noon + 1s));
  CHECK(handed_out(desk, noon + 1s) == "5@2");
  CHECK(desk.busy() == 2);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: a job that won't wait is taken at once or refused", "[policy]") {
  pool_desk desk{{.mailbox = 1}};
  CHECK(desk.submit(impatient(1), noon).what == fate::refused); // nobody there yet
  desk.worker_joined(1, noon);
  CHECK(desk.submit(impatient(2), noon).what == fate::assigned);
  CHECK(desk.submit(impatient(3), noon).what == fate::refused);
  CHECK(desk.finished(2, 1, job_outcome::completed, noon));
  CHECK(desk.submit(impatient(4), noon).what == fate::assigned);
  CHECK(gone(desk, job_outcome::refused) == 2);
}

TEST_CASE("pool desk: a full buffer refuses, and recovers", "[policy]") {
  pool_desk desk{{.mailbox = 1, .buffer = 2}};
  desk.worker_joined(1, noon);
  for (policy::job_number job = 1; job <= 3; ++job)
    CHECK(desk.submit(patient(job), noon).what != fate::refused);
  CHECK(desk.numbers(noon).health.buffer_full);
  CHECK_FALSE(desk.numbers(noon).health.is_well());
  CHECK(desk.submit(patient(4), noon).what == fate::refused);
  CHECK(desk.finished(1, 1, job_outcome::completed, noon));
  CHECK(handed_out(desk, noon) == "2@1");
  CHECK(desk.numbers(noon).health.is_well());
  CHECK(desk.submit(patient(5), noon).what == fate::buffered);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: without a buffer jobs still go to free workers", "[policy]") {
  pool_desk desk{{.mailbox = 1, .buffer = 0}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit(patient(2), noon).what == fate::refused);
  CHECK(desk.numbers(noon).health.is_well());
}

TEST_CASE("pool desk: those that wait are served by class and in turns", "[policy]") {
  pool_desk desk{{.mailbox = 1}};
  CHECK(desk.submit(patient(1, 1), noon).what == fate::buffered);
  CHECK(desk.submit(patient(2, 1), noon).what == fate::buffered);
  CHECK(desk.submit(patient(3, 2), noon).what == fate::buffered);
  CHECK(desk.submit(patient(4, 3, priority_class::urgent), noon).what == fate::buffered);
  CHECK(desk.numbers(noon).by_class == std::array<std::size_t, 4>{0, 3, 0, 1});
  std::string order;
  desk.worker_joined(1, noon);
  while (true) {
    const auto next = desk.next(noon);
    if (!next)
      break;
    order += std::to_string(next->job) + ' ';
    CHECK(desk.finished(next->job, 1, job_outcome::completed, noon));
  }
  CHECK(order == "4 1 3 2 ");
  CHECK(desk.is_idle());
}

TEST_CASE("pool desk: who waited for too long is told so", "[policy]") {
  pool_desk desk{{.mailbox = 1}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit({.job = 2, .owner = 1, .wait = 5s}, noon).what == fate::buffered);
  CHECK(desk.submit({.job = 3, .owner = 1, .wait = 2s}, noon).what == fate::buffered);
  CHECK(desk.submit({.job = 4, .owner = 1, .wait = milliseconds::max()}, noon).what
        == fate::buffered);
  CHECK(desk.tick(noon + 1999ms).expired.empty());
  CHECK(desk.tick(noon + 2s).expired == std::vector<policy::job_number>{3});
  CHECK(desk.tick(noon + 4s).expired.empty());
  CHECK(desk.tick(noon + 5s).expired == std::vector<policy::job_number>{2});
  CHECK(gone(desk, job_outcome::timed_out) == 2);
  CHECK(desk.tick(noon + policy::pool_time_max).expired == std::vector<policy::job_number>{4});
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: what a lost worker had in hand is lost, what it had not begun is not",
          "[policy]") {
  const auto style = GENERATE(work_style::one_by_one, work_style::all_at_once);
  pool_desk desk{{.min = 2, .mailbox = 3, .style = style}};
  desk.worker_joined(1, noon);
  for (policy::job_number job = 1; job <= 4; ++job)
    CHECK(desk.submit(patient(job), noon).what != fate::refused);
  const auto lost = desk.worker_lost(1, noon);
  CHECK(desk.numbers(noon).health.no_worker);
  CHECK(desk.workers() == 0);
  desk.worker_joined(2, noon);
  if (style == work_style::one_by_one) {
    CHECK(lost == std::vector<policy::job_number>{1});
    CHECK(desk.numbers(noon).by_class == std::array<std::size_t, 4>{0, 3, 0, 0});
    CHECK(handed_out(desk, noon) == "2@2 3@2 4@2"); // those it had come before those that wait
  } else {
    CHECK(lost == std::vector<policy::job_number>{1, 2, 3});
    CHECK(handed_out(desk, noon) == "4@2");
  }
  CHECK_FALSE(desk.finished(1, 1, job_outcome::completed, noon));
  CHECK_FALSE(desk.finished(2, 1, job_outcome::completed, noon));
  CHECK(gone(desk, job_outcome::lost) == lost.size());
  CHECK(desk.worker_lost(1, noon).empty());
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: what comes back from a lost worker waits as long as it takes", "[policy]") {
  pool_desk desk{{.mailbox = 2}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(impatient(1), noon).what == fate::assigned);
  CHECK(desk.submit(impatient(2), noon).what == fate::assigned);
  CHECK(desk.submit(impatient(3), noon).what == fate::refused);
  CHECK(desk.worker_lost(1, noon).size() == 1);
  CHECK(desk.tick(noon + 1h).expired.empty());
  CHECK_FALSE(desk.is_idle());
  SECTION("until there is a worker") {
    desk.worker_joined(2, noon + 1h);
    CHECK(handed_out(desk, noon + 1h) == "2@2");
  }
  SECTION("or nobody wants it any more") {
    CHECK(desk.cancel(2, noon));
    CHECK(desk.is_idle());
  }
}

TEST_CASE("pool desk: a worker that takes too long with a job is wedged", "[policy]") {
  pool_desk desk{{.mailbox = 3, .timeout = 10s}};
  desk.worker_joined(1, noon);
  for (policy::job_number job = 1; job <= 3; ++job)
    CHECK(desk.submit(patient(job), noon).what == fate::assigned);
  // The time of a job in the mailbox starts when it is taken in hand.
  CHECK(desk.finished(1, 1, job_outcome::completed, noon + 9s));
  CHECK(desk.tick(noon + 18s).wedged.empty());
  const auto round = desk.tick(noon + 19s);
  REQUIRE(round.wedged.size() == 1);
  CHECK(round.wedged[0].job == 2);
  CHECK(round.wedged[0].worker == 1);
  CHECK(desk.worker_lost(1, noon + 19s).empty());
  desk.worker_joined(2, noon + 19s);
  CHECK(handed_out(desk, noon + 19s) == "3@2");
  CHECK(gone(desk, job_outcome::timed_out) == 1);
  CHECK(gone(desk, job_outcome::lost) == 0);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: of many jobs in hand each has its own timeout", "[policy]") {
  pool_desk desk{{.mailbox = 3, .timeout = 10s, .style = work_style::all_at_once}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit(patient(2), noon).what == fate::assigned);
  CHECK(desk.submit(patient(3), noon + 5s).what == fate::assigned);
  CHECK(desk.finished(2, 1, job_outcome::completed, noon + 9s)); // not in order
  const auto round = desk.tick(noon + 10s);
  REQUIRE(round.wedged.size() == 1);
  CHECK(round.wedged[0].job == 1);
  CHECK(desk.worker_lost(1, noon + 10s) == std::vector<policy::job_number>{3});
  CHECK(desk.is_idle());
  CHECK(desk.busy() == 0);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: without a timeout nobody is wedged", "[policy]") {
  pool_desk desk{{.timeout = 0ms}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.tick(noon + 1000h).wedged.empty());
  CHECK(desk.numbers(noon + 1000h).health.is_well());
}

TEST_CASE("pool desk: a job can be cancelled wherever it is", "[policy]") {
  pool_desk desk{{.mailbox = 1}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit(patient(2), noon).what == fate::buffered);
  CHECK(desk.submit(patient(3), noon).what == fate::buffered);
  CHECK(desk.cancel(2, noon));
  CHECK_FALSE(desk.cancel(2, noon));
  CHECK_FALSE(desk.cancel(99, noon));
  CHECK(desk.cancel(1, noon));
  CHECK_FALSE(desk.cancel(1, noon));
  CHECK(handed_out(desk, noon).empty()); // the worker still has it
  CHECK_FALSE(desk.finished(1, 1, job_outcome::completed, noon));
  CHECK(handed_out(desk, noon) == "3@1");
  CHECK(gone(desk, job_outcome::cancelled) == 2);
  CHECK(gone(desk, job_outcome::completed) == 0);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: a cancelled job dies with its worker without being counted again",
          "[policy]") {
  pool_desk desk{{.mailbox = 2, .timeout = 10s}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit(patient(2), noon).what == fate::assigned);
  CHECK(desk.cancel(1, noon));
  CHECK(desk.cancel(2, noon));
  SECTION("lost") {
    CHECK(desk.worker_lost(1, noon).empty());
  }
  SECTION("wedged: the worker is still to be replaced") {
    CHECK(desk.tick(noon + 10s).wedged.size() == 1);
    CHECK(desk.worker_lost(1, noon + 10s).empty());
  }
  CHECK(desk.is_idle());
  CHECK(gone(desk, job_outcome::cancelled) == 2);
  CHECK(is_accounted_for(desk));
}

TEST_CASE("pool desk: a worker's error is a failed job", "[policy]") {
  pool_desk desk{{}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.finished(1, 1, job_outcome::failed, noon));
  CHECK(gone(desk, job_outcome::failed) == 1);
  CHECK(desk.is_idle());
}

TEST_CASE("pool desk: more workers are wanted while jobs wait and all are busy", "[policy]") {
  pool_desk desk{{.min = 1, .max = 6, .mailbox = 1}};
  desk.worker_joined(1, noon);
  for (policy::job_number job = 1; job <= 100; ++job)
    CHECK(desk.submit(patient(job), noon).what != fate::refused);
  (void)desk.tick(noon + 10ms); // one of them just began
  CHECK(desk.wanted() == 1);
  (void)desk.tick(noon + 100ms);
  CHECK(desk.wanted() == 2);
  (void)desk.tick(noon + 200ms); // the second is not here yet
  CHECK(desk.wanted() == 2);
  desk.worker_joined(2, noon + 200ms);
  CHECK(handed_out(desk, noon + 200ms) == "2@2");
  (void)desk.tick(noon + 300ms);
  CHECK(desk.wanted() == 4);
  for (policy::worker_number worker = 3; worker <= 4; ++worker)
    desk.worker_joined(worker, noon + 300ms);
  CHECK(handed_out(desk, noon + 300ms) == "3@3 4@4");
  (void)desk.tick(noon + 400ms);
  CHECK(desk.wanted() == 6);
}

TEST_CASE("pool desk: a refusal asks for more workers, too", "[policy]") {
  pool_desk desk{{.min = 1, .max = 6, .mailbox = 1, .buffer = 0}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(impatient(1), noon).what == fate::assigned);
  (void)desk.tick(noon + 100ms);
  CHECK(desk.wanted() == 1);
  CHECK(desk.submit(impatient(2), noon + 100ms).what == fate::refused);
  (void)desk.tick(noon + 200ms);
  CHECK(desk.wanted() == 2);
}

TEST_CASE("pool desk: jobs that are served quickly ask for nobody", "[policy]") {
  const auto style = GENERATE(work_style::one_by_one, work_style::all_at_once);
  pool_desk desk{{.min = 1, .max = 6, .mailbox = 4, .style = style}};
  desk.worker_joined(1, noon);
  auto now = noon;
  for (policy::job_number job = 1; job <= 100; ++job) {
    CHECK(desk.submit(patient(job), now).what == fate::assigned);
    now += 90ms;
    CHECK(desk.finished(job, 1, job_outcome::completed, now));
    (void)desk.tick(now);
  }
  CHECK(desk.wanted() == 1);
}

TEST_CASE("pool desk: a worker with many jobs in hand is not busy until its places are taken",
          "[policy]") {
  pool_desk desk{{.min = 1, .max = 6, .mailbox = 4, .style = work_style::all_at_once}};
  desk.worker_joined(1, noon);
  for (policy::job_number job = 1; job <= 4; ++job)
    CHECK(desk.submit(patient(job), noon).what == fate::assigned);
  (void)desk.tick(noon + 100ms);
  (void)desk.tick(noon + 200ms);
  CHECK(desk.wanted() == 1); // nobody waits
  CHECK(desk.submit(patient(5), noon + 200ms).what == fate::buffered);
  (void)desk.tick(noon + 300ms);
  CHECK(desk.wanted() == 2);
}

TEST_CASE("pool desk: idle workers leave down to the least, the others stay", "[policy]") {
  pool_desk desk{{.min = 2, .max = 4, .mailbox = 1}};
  for (policy::worker_number worker = 1; worker <= 2; ++worker)
    desk.worker_joined(worker, noon);
  for (policy::job_number job = 1; job <= 8; ++job)
    CHECK(desk.submit(patient(job), noon).what != fate::refused);
  (void)desk.tick(noon + 100ms);
  (void)desk.tick(noon + 200ms);
  REQUIRE(desk.wanted() == 4);
  desk.worker_joined(3, noon + 200ms);
  desk.worker_joined(4, noon + 200ms);
  CHECK(handed_out(desk, noon + 200ms) == "3@3 4@4");
  for (policy::job_number job = 1; job <= 4; ++job)
    CHECK(desk.finished(job, job, job_outcome::completed, noon + 1s));
  CHECK(handed_out(desk, noon + 1s) == "5@1 6@2 7@3 8@4");
  for (policy::job_number job = 5; job <= 8; ++job)
    CHECK(desk.finished(job, job - 4, job_outcome::completed, noon + 1s));
  // A load that one worker can carry goes to one worker.
  auto now = noon + 1s;
  for (policy::job_number job = 9; job <= 28; ++job) {
    const auto entry = desk.submit(patient(job), now);
    CHECK(entry.worker == 1);
    now += 490ms;
    CHECK(desk.finished(job, 1, job_outcome::completed, now));
    CHECK(desk.tick(now).retired.empty());
  }
  CHECK(desk.tick(noon + 11s).retired == std::vector<policy::worker_number>{4, 3});
  CHECK(desk.wanted() == 2);
  CHECK(desk.workers() == 2);
  CHECK(desk.tick(noon + 100s).retired.empty());
}

TEST_CASE("pool desk: bursts that come again soon don't make it flap", "[policy]") {
  pool_desk desk{{.min = 1, .max = 8, .mailbox = 1}};
  policy::worker_number workers = 1;
  desk.worker_joined(1, noon);
  policy::job_number job = 0;
  int scalings = 0;
  // For ten minutes, sixteen jobs of 300 ms every five seconds.
  std::multimap<steady_time, policy::job_assignment> at_work;
  for (auto now = noon; now < noon + 600s; now += 100ms) {
    const auto start = [&](policy::job_assignment x) { at_work.emplace(now + 300ms, x); };
    while (!at_work.empty() && at_work.begin()->first <= now) {
      const auto x = at_work.begin()->second;
      at_work.erase(at_work.begin());
      CHECK(desk.finished(x.job, x.worker, job_outcome::completed, now));
    }
    if ((now - noon) % 5s == 0s)
      for (int i = 0; i < 16; ++i)
        if (const auto entry = desk.submit(patient(++job), now); entry.what == fate::assigned)
          start({job, entry.worker});
    const auto before = desk.wanted();
    CHECK(desk.tick(now).wedged.empty());
    while (workers < desk.wanted())
      desk.worker_joined(++workers, now);
    if (desk.wanted() != before)
      ++scalings;
    while (const auto next = desk.next(now))
      start(*next);
  }
  CHECK(desk.numbers(noon).jobs[job_outcome::completed] == 120 * 16);
  CHECK(scalings <= 4);
}

TEST_CASE("pool desk: shows how long jobs waited and ran", "[policy]") {
  pool_desk desk{{.mailbox = 1}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit(patient(2), noon).what == fate::buffered);
  CHECK(desk.finished(1, 1, job_outcome::completed, noon + 2s));
  CHECK(handed_out(desk, noon + 2s) == "2@1");
  CHECK(desk.finished(2, 1, job_outcome::completed, noon + 6s));
  const auto all = desk.numbers(noon + 6s);
  CHECK(all.waits.count == 2);
  CHECK(all.waits.least == 0s);
  CHECK(all.waits.most == 2s);
  CHECK(all.waits.mean() == 1s);
  CHECK(all.runs.least == 2s);
  CHECK(all.runs.most == 4s);
  CHECK(all.runs.mean() == 3s);
  CHECK(policy::spread{}.mean() == 0s);
}

TEST_CASE("pool desk: work without any result for too long is not health", "[policy]") {
  pool_desk desk{{.timeout = 10s}};
  desk.worker_joined(1, noon);
  CHECK(desk.numbers(noon + 24h).health.is_well()); // nothing to do
  CHECK(desk.submit(patient(1), noon + 24h).what == fate::assigned);
  CHECK(desk.numbers(noon + 24h + 9s).health.is_well());
  CHECK(desk.numbers(noon + 24h + 10s).health.no_progress);
  CHECK(desk.finished(1, 1, job_outcome::completed, noon + 24h + 10s));
  CHECK(desk.numbers(noon + 48h).health.is_well());
}

TEST_CASE("pool desk: asks for ticks only while time may bring something", "[policy]") {
  pool_desk fixed{{.min = 1, .max = 1, .mailbox = 1, .timeout = 0ms}};
  fixed.worker_joined(1, noon);
  CHECK_FALSE(fixed.needs_tick());
  CHECK(fixed.submit(patient(1), noon).what == fate::assigned);
  CHECK_FALSE(fixed.needs_tick()); // it may work for as long as it likes
  CHECK(fixed.submit(patient(2), noon).what == fate::buffered);
  CHECK(fixed.needs_tick());

  pool_desk elastic{{.min = 1, .max = 2, .mailbox = 1}};
  elastic.worker_joined(1, noon);
  CHECK_FALSE(elastic.needs_tick());
  CHECK(elastic.submit(patient(1), noon).what == fate::assigned);
  CHECK(elastic.needs_tick());
  CHECK(elastic.submit(impatient(2), noon).what == fate::refused);
  (void)elastic.tick(noon);
  CHECK(elastic.finished(1, 1, job_outcome::completed, noon));
  CHECK(elastic.needs_tick() == (elastic.wanted() == 2));
  CHECK(elastic.wanted() == 2);
}

TEST_CASE("pool desk: time that goes backwards stands still", "[policy]") {
  pool_desk desk{{.mailbox = 1, .timeout = 10s}};
  desk.worker_joined(1, noon);
  CHECK(desk.submit(patient(1), noon).what == fate::assigned);
  CHECK(desk.submit({.job = 2, .owner = 1, .wait = 1s}, noon - 1h).what == fate::buffered);
  CHECK(desk.tick(noon - 1h).expired.empty());
  CHECK(desk.finished(1, 1, job_outcome::completed, noon - 2h));
  CHECK(desk.numbers(noon - 3h).runs.most == 0s);
  CHECK(desk.tick(noon + 1s).expired.size() == 1);
}

TEST_CASE("pool desk: impossible options are refused", "[policy]") {
  CHECK(check(pool_options{}).ok());
  CHECK(check(pool_options{.timeout = 0ms}).ok());
  const auto [options, word] = GENERATE(table<pool_options, std::string>({
    {{.min = 0}, "min"},
    {{.min = 51}, "max"},
    {{.max = policy::pool_workers_max + 1}, "max"},
    {{.mailbox = 0}, "mailbox"},
    {{.timeout = -1ms}, "timeout"},
    {{.timeout = policy::pool_time_max + 1ms}, "timeout"},
    {{.slow = 0ms}, "slow"},
    {{.quiet = 0ms}, "quiet"},
  }));
  CAPTURE(word);
  const auto refused = check(options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().detail.find("pool " + word + ' ') == 0);
  CHECK_THROWS_AS(pool_desk{options}, broken_expectation);
}

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
