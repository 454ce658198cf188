#include "tests/actors/pool_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace troupe::pool_play;
using namespace std::chrono_literals;
using policy::job_outcome;
using stage = pool_play::pool_fixture;

TEST_CASE_METHOD(stage, "pool: the job of a worker that dies is lost, the others are not",
                 "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 5, .buffer = 10};
  crew->at_once = false;
  open();
  ask_for(1); // in hand, with all the others behind it in one mailbox
  for (const int number : {crashing, 3, 4})
    caf::anon_send(client, asking{{.job = {number}, .wait = 30s}});
  settle();
  CHECK(told->errors[errc::worker_lost] == 1);
  CHECK(view().numbers.workers == 0);
  CHECK(view().numbers.health.no_worker);
  CHECK(told->all() == 1);
  crew->at_once = true;
  advance(100ms); // the first wait of the supervision
  CHECK(view().restarts == 2);
  CHECK(logged().find("actor_restarted") != std::string::npos);
  CHECK(logged().find("it burns") != std::string::npos);
  // Nobody could know that it was not the first that killed the worker; now it shows.
  advance(1s);
  CHECK(told->errors[errc::worker_lost] == 2);
  CHECK(told->answers == std::vector<int>{3, 4});
  CHECK(ends(job_outcome::lost) == 2);
}

TEST_CASE_METHOD(stage, "pool: too many dead workers end the pool, and every job is answered",
                 "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 1, .buffer = 100};
  terms.restarts = {.restarts = 3};
  open();
  for (int i = 0; i < 10; ++i)
    caf::anon_send(client, asking{{.job = {crashing}, .wait = 30s}});
  advance(5s);
  CHECK(told->errors[errc::worker_lost] == 10);
  CHECK(crew->hired.size() == 4);
  pool = nullptr;
  drop_cast();
  CHECK(is_gone("/test/pool"));
  CHECK(metrics().find("troupe_pool_workers{pool=\"test\"} 0") != std::string::npos);
}

TEST_CASE_METHOD(stage, "pool: a worker that can't be had is tried again", "[actors]") {
  crew->never = 2;
  open();
  CHECK(view().numbers.workers == 0);
  ask_for(7);
  CHECK(told->all() == 0);
  advance(300ms);
  CHECK(told->answers == std::vector<int>{7});
  CHECK(view().restarts == 2);
}

TEST_CASE_METHOD(stage, "pool: without any hope of a worker it does not come to life", "[actors]") {
  crew->never = 1000;
  terms.restarts = {.restarts = 0};
  open();
  ask_for(7);
  CHECK(told->errors[errc::worker_lost] == 1);
}

TEST_CASE_METHOD(stage, "pool: a worker that never answers is replaced", "[actors]") {
  terms.pool = {.min = 1, .max = 1, .mailbox = 3, .buffer = 10, .timeout = 5s};
  open();
  ask_for(hanging);
  ask_for(7);
  CHECK(told->all() == 1); // nothing stops this fake from answering the next
  CHECK(told->answers == std::vector<int>{7});
  advance(4900ms);
  CHECK(told->all() == 1);
  advance(200ms);
  CHECK(told->errors[errc::timed_out] == 1);
  CHECK(ends(job_outcome::timed_out) == 1);
  advance(100ms);
  CHECK(view().numbers.workers == 1);
  CHECK(crew->hired.size() == 2);
  ask_for(8);
  CHECK(told->answers == std::vector<int>{7, 8});
}

TEST_CASE_METHOD(stage, "pool: grows while jobs wait, and shrinks when it is quiet", "[actors]") {
  terms.pool = {.min = 2, .max = 16, .mailbox = 1, .buffer = 1000};
  crew->at_once = false;
  open();
  CHECK(view().numbers.workers == 2);
  for (int i = 0; i < 100; ++i)
    caf::anon_send(client, asking{{.job = {i}, .wait = 30s}});
  advance(2s);
  CHECK(view().numbers.workers == 16);
  CHECK(logged().find("pool_scaled") != std::string::npos);
  crew->at_once = true;
  for (policy::worker_number worker = 1; worker <= 16; ++worker)
    answer(worker);
  CHECK(told->answers.size() == 100);
  advance(9s);
  CHECK(view().numbers.workers == 16);
  advance(2s);
  CHECK(view().numbers.workers == 2);
  CHECK(view().numbers.wanted == 2);
  CHECK(view().restarts == 0);
  ask_for(7);
  CHECK(told->answers.back() == 7);
}

TEST_CASE_METHOD(stage, "pool: ended in the middle, it answers everyone and ends its workers",
                 "[actors]") {
  terms.pool = {.min = 2, .max = 2, .mailbox = 1, .buffer = 10};
  crew->at_once = false;
  open();
  for (int i = 0; i < 5; ++i)
    ask_for(i);
  caf::anon_send_exit(pool, caf::exit_reason::kill);
  settle();
  CHECK(told->errors[errc::worker_lost] == 5);
  for (const auto& each : crew->hired)
    CHECK(actor_fixture::ask<task_done>(each, task{1}).error().code == errc::worker_lost);
}

TEST_CASE_METHOD(stage, "pool: whom an operator ends is replaced at once and counts for nothing",
                 "[actors]") {
  terms.restarts = {.restarts = 0};
  open();
  for (int i = 0; i < 20; ++i) {
    if (i % 2 == 0)
      caf::anon_send_exit(crew->hired.back(), caf::exit_reason::kill);
    else
      caf::anon_send(caf::actor_cast<caf::actor>(crew->hired.back()),
                     caf::exit_msg{crew->hired.back().address(), restart_asked()});
    settle();
    advance(100ms);
    ask_for(i);
  }
  CHECK(told->answers.size() == 20);
  CHECK(crew->hired.size() == 21);
}
