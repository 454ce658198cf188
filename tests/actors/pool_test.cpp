#include "actors/place_pool.hpp"
#include "actors/worker_pool.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <numeric>
#include <stdexcept>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::job_outcome;

namespace {

struct task {
  int number;
};

struct task_done {
  int number;
};

/// Answer the oldest job in hand.
struct answer_one {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(answer_one)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(task_done)

namespace {

using hand_actor
  = caf::typed_actor<caf::replies_to<task>::with<task_done>, caf::reacts_to<answer_one>>;
using task_pool = pool_actor<task, task_done>;

constexpr int crashing = -1;
constexpr int failing = -2;
constexpr int hanging = -3;

/// What workers do, and did.
struct ledger {
  bool at_once = true; ///< They answer when they are asked; else when told to.
  std::map<policy::worker_number, std::vector<caf::typed_response_promise<task_done>>> in_hand;
  std::vector<hand_actor> hired;
  int never = 0; ///< So many hirings fail.
};

hand_actor::behavior_type hand(hand_actor::pointer self, std::shared_ptr<ledger> book,
                               policy::worker_number number) {
  self->set_exception_handler([](caf::scheduled_actor*, std::exception_ptr&) {
    return caf::make_error(caf::sec::runtime_error, std::string{"it burns"});
  });
  return {
    [=](const task& x) -> caf::result<task_done> {
      if (x.number == crashing)
        throw std::runtime_error("fire");
      if (x.number == failing)
        return to_caf({errc::refused, "not this one"});
      if (book->at_once && x.number != hanging)
        return task_done{x.number};
      book->in_hand[number].push_back(self->make_response_promise<task_done>());
      return caf::delegated<task_done>{};
    },
    [=](const answer_one&) {
      auto& jobs = book->in_hand.at(number);
      jobs.front().deliver(task_done{0});
      jobs.erase(jobs.begin());
    },
  };
}

struct asking {
  submit<task> what;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(asking)

namespace {

using asker_actor = caf::typed_actor<caf::reacts_to<asking>, caf::reacts_to<cancel_job>>;

/// What askers were told.
struct notes {
  std::vector<int> answers;
  std::map<errc, int> errors;

  [[nodiscard]] std::size_t all() const {
    return std::accumulate(errors.begin(), errors.end(), answers.size(),
                           [](std::size_t sum, const auto& each) { return sum + each.second; });
  }
};

asker_actor::behavior_type asker(asker_actor::pointer self, std::shared_ptr<notes> book,
                                 task_pool pool) {
  return {
    [=](const asking& x) {
      self->request(pool, caf::infinite, x.what)
        .then([=](const task_done& y) { book->answers.push_back(y.number); },
              [=](const caf::error& why) { ++book->errors[from_caf(why).code]; });
    },
    [=](const cancel_job& x) { self->send(pool, x); },
  };
}

struct stage : support::actor_fixture {
  std::shared_ptr<ledger> crew = std::make_shared<ledger>();
  std::shared_ptr<notes> told = std::make_shared<notes>();
  pool_terms terms{.name = "test", .path = "/test/pool", .pool = {}, .restarts = {}};
  task_pool pool;
  asker_actor client;

  ~stage() {
    // Whoever hangs holds a promise, and with it itself.
    crew->in_hand.clear();
    for (const auto& each : crew->hired)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    crew->hired.clear();
    pool = nullptr;
    client = nullptr;
    drop_cast();
    advance(15s); // timers that still ring
  }

  void open() {
    const auto hire = [this, book = crew](policy::worker_number number) {
      if (book->never > 0) {
        --book->never;
        throw std::runtime_error("no such luck");
      }
      book->hired.push_back(sys.spawn(hand, book, number));
      return book->hired.back();
    };
    pool = spawn<worker_pool<task, task_done, hand_actor>>(home, terms, hire);
    client = new_client();
    settle();
  }

  asker_actor new_client() {
    auto made = sys.spawn(asker, told, pool);
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  void ask_for(int number, milliseconds wait = 30s, std::uint64_t ticket = 0) {
    caf::anon_send(client, asking{{.job = {number}, .wait = wait, .ticket = ticket}});
    settle();
  }

  pool_view view() { return *actor_fixture::ask<pool_view>(pool, describe_pool{}); }
  std::uint64_t ends(job_outcome how) { return view().numbers.jobs[how]; }

  /// The worker answers the oldest job in hand.
  void answer(policy::worker_number worker) {
    caf::anon_send(crew->hired.at(worker - 1), answer_one{});
    settle();
  }

  [[nodiscard]] std::string metrics() const { return home.metrics.render(); }
};

} // namespace

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
