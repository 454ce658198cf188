#include "tests/actors/policy/pool_desk_play.hpp"

#include "net/core/expect.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::pool_desk_play;
using namespace std::chrono_literals;
using policy::pool_options;
using policy::work_style;
using fate = policy::job_entry::fate;

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

TEST_CASE("pool desk: says whether somebody else waits", "[policy]") {
  pool_desk desk{{.max = 1, .mailbox = 1}};
  desk.worker_joined(1, noon);
  (void)desk.submit(patient(1, 1), noon);
  CHECK_FALSE(desk.others_wait(2)); // it does not wait
  (void)desk.submit(patient(2, 1), noon);
  CHECK_FALSE(desk.others_wait(1));
  CHECK(desk.others_wait(2));
  (void)desk.submit(patient(3, 2, priority_class::urgent), noon);
  CHECK(desk.others_wait(1));
  CHECK(desk.others_wait(2));
}
