#include "tests/actors/policy/pool_desk_play.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace troupe;
using namespace troupe::pool_desk_play;
using namespace std::chrono_literals;
using policy::work_style;
using fate = policy::job_entry::fate;

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
