#include "tests/actors/pool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace troupe::pool_play;
using namespace std::chrono_literals;
using policy::job_outcome;
using stage = pool_play::pool_fixture;

TEST_CASE_METHOD(stage, "pool: a job is answered by a worker", "[actors]") {
  open();
  ask_for(7, 0ms);
  CHECK(told->answers == std::vector<int>{7});
  const pool_face anybody = pool;
  const auto shown = *actor_fixture::ask<pool_view>(anybody, describe_pool{});
  CHECK(shown.name == "test");
  CHECK(shown.state == "serving");
  CHECK(shown.max == 50);
  CHECK(shown.numbers.workers == 1);
  CHECK(shown.numbers.jobs[job_outcome::completed] == 1);
  CHECK(shown.numbers.health.is_well());
  CHECK(metrics().find("troupe_pool_jobs_total{pool=\"test\",outcome=\"completed\"} 1")
        != std::string::npos);
  CHECK(metrics().find("troupe_pool_workers{pool=\"test\"} 1") != std::string::npos);
  CHECK(metrics().find("troupe_pool_job_seconds_count{pool=\"test\"} 1") != std::string::npos);
}

TEST_CASE_METHOD(stage, "pool: ten thousand jobs at once are all answered", "[actors]") {
  terms.pool = {.min = 2, .max = 20, .mailbox = 10, .buffer = 10'000};
  open();
  for (int i = 0; i < 10'000; ++i)
    caf::anon_send(client, asking{{.job = {i}, .wait = 30s}});
  settle();
  CHECK(told->answers.size() == 10'000);
  CHECK(std::accumulate(told->answers.begin(), told->answers.end(), 0) == 9999 * 10'000 / 2);
  CHECK(ends(job_outcome::completed) == 10'000);
  CHECK(view().numbers.buffered == 0);
}

TEST_CASE_METHOD(stage, "pool: what overflows is refused, the rest is answered, and it recovers",
                 "[actors]") {
  terms.pool = {.min = 2, .max = 2, .mailbox = 1, .buffer = 100};
  crew->at_once = false;
  open();
  for (int i = 0; i < 1000; ++i)
    caf::anon_send(client, asking{{.job = {i}, .wait = 30s}});
  settle();
  CHECK(told->errors[errc::mailbox_full] == 1000 - 102);
  CHECK(view().numbers.health.buffer_full);
  // Most were refused by its mailbox already.
  const auto refused = ends(job_outcome::refused);
  CHECK(refused + card("/test/pool").refused == 898);
  CHECK(metrics().find("troupe_pool_rejected_total{pool=\"test\"} " + std::to_string(refused))
        != std::string::npos);
  CHECK(metrics().find("troupe_pool_buffer{pool=\"test\"} 100") != std::string::npos);
  crew->at_once = true;
  answer(1);
  answer(2);
  CHECK(told->answers.size() == 102);
  CHECK(told->all() == 1000);
  ask_for(7, 0ms);
  CHECK(told->answers.back() == 7);
  CHECK(view().numbers.health.is_well());
}

TEST_CASE_METHOD(stage, "pool: bounds its mailbox too, and every asker hears of it", "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 10};
  crew->at_once = false;
  open();
  CHECK(card("/test/pool").mailbox_limit == 10 + 1 + pool_mailbox_slack);
  // All clients speak before the pool reads a word.
  sys.spawn([this](caf::event_based_actor* each) {
    for (int i = 0; i < 5000; ++i)
      each->request(pool, caf::infinite, submit<task>{.job = {i}, .wait = 30s})
        .then([book = told](const task_done& x) { book->answers.push_back(x.number); },
              [book = told](const caf::error& why) { ++book->errors[from_caf(why).code]; });
  });
  settle();
  CHECK(told->errors[errc::mailbox_full] == 5000 - 11);
  CHECK(view().numbers.buffered == 10);
  crew->at_once = true;
  answer(1);
  CHECK(told->all() == 5000);
}

TEST_CASE_METHOD(stage, "pool: a worker's error is its asker's answer", "[actors]") {
  open();
  ask_for(failing);
  CHECK(told->errors[errc::refused] == 1);
  CHECK(ends(job_outcome::failed) == 1);
  CHECK(crew->hired.size() == 1);
}

TEST_CASE_METHOD(stage, "pool: who waits too long for a worker is told so", "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 10};
  crew->at_once = false;
  open();
  ask_for(1);
  ask_for(2, 1s);
  ask_for(3, 5s);
  ask_for(4, 0ms);
  CHECK(told->errors[errc::mailbox_full] == 1);
  advance(1s);
  CHECK(told->errors[errc::timed_out] == 1);
  answer(1);
  CHECK(view().numbers.buffered == 0);
  advance(5s);
  CHECK(told->errors[errc::timed_out] == 1);
  answer(1);
  CHECK(told->answers.size() == 2);
}

TEST_CASE_METHOD(stage, "pool: a job can be cancelled by its asker, and by nobody else",
                 "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 10};
  crew->at_once = false;
  open();
  ask_for(1, 30s, 11);
  ask_for(2, 30s, 12);
  ask_for(3, 30s, 13);
  caf::anon_send(new_client(), cancel_job{12});
  self->send(pool, cancel_job{12});
  settle();
  CHECK(told->all() == 0);
  SECTION("while it waits") {
    caf::anon_send(client, cancel_job{12});
    settle();
    CHECK(told->errors[errc::refused] == 1);
    caf::anon_send(client, cancel_job{12});
    answer(1);
    CHECK(told->all() == 2);
    CHECK(view().numbers.buffered == 0); // 3 is in hand
  }
  SECTION("while it is at work") {
    caf::anon_send(client, cancel_job{11});
    settle();
    CHECK(told->errors[errc::refused] == 1);
    CHECK(view().numbers.buffered == 2); // the worker is not free yet
    answer(1);
    CHECK(told->all() == 1);
    CHECK(view().numbers.buffered == 1);
  }
  CHECK(ends(job_outcome::cancelled) == 1);
}

TEST_CASE_METHOD(stage, "pool: one asker's many jobs don't hold up another's single one",
                 "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 1000};
  crew->at_once = false;
  open();
  for (int i = 0; i < 500; ++i)
    caf::anon_send(client, asking{{.job = {i}, .wait = 30s}});
  settle();
  caf::anon_send(new_client(), asking{{.job = {crashing}, .wait = 30s}});
  settle();
  answer(1); // of the first client, and the next turn is the other's at the latest
  if (told->all() == 1)
    answer(1);
  CHECK(told->errors[errc::worker_lost] == 1);
}

TEST_CASE_METHOD(stage, "pool: draining, it takes nothing and ends after its last job", "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 10};
  crew->at_once = false;
  open();
  ask_for(1);
  ask_for(2);
  self->send(pool, drain{});
  ask_for(3);
  CHECK(told->errors[errc::draining] == 1);
  CHECK(view().state == "draining");
  answer(1);
  answer(1);
  CHECK(told->answers.size() == 2);
  ask_for(4);
  CHECK(told->errors[errc::worker_lost] == 1); // gone
}
