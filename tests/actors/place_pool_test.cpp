#include "actors/place_pool.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::job_outcome;

namespace {

struct errand {
  std::string where;
};

struct go_home {};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(errand)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(go_home)

namespace {

using runner_actor = caf::typed_actor<caf::reacts_to<go_home>, caf::reacts_to<make_room>>;
using runner_place = place_given<runner_actor>;

/// What runners were told, in order.
using told_ptr = std::shared_ptr<std::vector<std::pair<caf::actor_id, room_wanted>>>;

runner_actor::behavior_type runner(runner_actor::pointer self, told_ptr told) {
  return {[self](const go_home&) { self->quit(); },
          [self, told](const make_room& x) { told->emplace_back(self->id(), x.how); }};
}

struct stage : support::actor_fixture {
  pool_terms terms{.name = "test",
                   .path = "/test/places",
                   .pool = {.max = 3, .buffer = 10},
                   .restarts = {}};
  pool_actor<errand, runner_place> pool;
  std::vector<std::string> sent;
  std::vector<runner_actor> out;
  std::map<errc, int> errors;
  told_ptr told = std::make_shared<told_ptr::element_type>();
  std::shared_ptr<place_legacy<runner_actor>> legacy;

  ~stage() {
    for (const auto& each : out)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    out.clear();
    pool = nullptr;
    drop_cast();
    advance(1s);
  }

  void open() {
    pool = spawn<place_pool<errand, runner_actor>>(home, terms, [this](const errand& x) {
      if (x.where == "nowhere")
        throw std::runtime_error("no such place");
      sent.push_back(x.where);
      return sys.spawn(runner, told);
    }, legacy);
    settle();
  }

  void ask_for(std::string where, milliseconds wait = 30s) {
    sys.spawn([this, where = std::move(where), wait](caf::event_based_actor* asker) {
      asker->request(pool, caf::infinite, submit<errand>{.job = {where}, .wait = wait})
        .then([this](runner_place& x) { out.push_back(std::move(x.worker)); },
              [this](const caf::error& why) { ++errors[from_caf(why).code]; });
    });
    settle();
  }

  /// A single asker wants so many.
  void ask_for(std::string where, std::size_t times) {
    sys.spawn([this, where = std::move(where), times](caf::event_based_actor* asker) {
      for (std::size_t i = 0; i < times; ++i)
        asker->request(pool, caf::infinite, submit<errand>{.job = {where}, .wait = 10min})
          .then([this](runner_place& x) { out.push_back(std::move(x.worker)); },
                [this](const caf::error& why) { ++errors[from_caf(why).code]; });
    });
    settle();
  }

  [[nodiscard]] std::size_t count_told(room_wanted how) const {
    return static_cast<std::size_t>(std::count_if(told->begin(), told->end(),
                                                  [how](const auto& x) { return x.second == how; }));
  }

  /// The oldest one ends.
  void come_home() {
    caf::anon_send(out.front(), go_home{});
    out.erase(out.begin());
    settle();
  }

  pool_view view() { return *actor_fixture::ask<pool_view>(pool, describe_pool{}); }
};

} // namespace

TEST_CASE_METHOD(stage, "place pool: a job has its worker until that ends", "[actors]") {
  open();
  CHECK(view().numbers.workers == 0);
  for (const auto* where : {"a", "b", "c", "d", "e"})
    ask_for(where);
  CHECK(sent == std::vector<std::string>{"a", "b", "c"});
  CHECK(out.size() == 3);
  CHECK(view().numbers.workers == 3);
  CHECK(view().numbers.busy == 3);
  CHECK(view().numbers.buffered == 2);
  come_home();
  CHECK(sent.back() == "d");
  CHECK(out.size() == 3);
  CHECK(view().numbers.jobs[job_outcome::completed] == 1);
  CHECK(home.metrics.render().find("troupe_pool_workers{pool=\"test\"} 3") != std::string::npos);
}

TEST_CASE_METHOD(stage, "place pool: a worker that dies leaves its place like any other",
                 "[actors]") {
  open();
  for (const auto* where : {"a", "b", "c", "d"})
    ask_for(where);
  caf::anon_send_exit(out.front(), caf::exit_reason::kill);
  settle();
  CHECK(sent.back() == "d");
  CHECK(view().numbers.jobs[job_outcome::lost] == 1);
}

TEST_CASE_METHOD(stage, "place pool: who finds no place is refused or waits no longer than said",
                 "[actors]") {
  terms.pool = {.max = 1, .buffer = 1};
  open();
  ask_for("a");
  ask_for("b", 0ms);
  CHECK(errors[errc::mailbox_full] == 1);
  ask_for("c", 2s);
  ask_for("d", 2s);
  CHECK(errors[errc::mailbox_full] == 2);
  advance(2s);
  CHECK(errors[errc::timed_out] == 1);
  come_home();
  CHECK(sent == std::vector<std::string>{"a"});
  ask_for("e", 0ms);
  CHECK(sent.back() == "e");
}

TEST_CASE_METHOD(stage, "place pool: a worker that can't be spawned costs its own job only",
                 "[actors]") {
  terms.pool = {.max = 1, .buffer = 10};
  open();
  ask_for("a");
  ask_for("nowhere");
  ask_for("b");
  come_home();
  CHECK(errors[errc::worker_lost] == 1);
  CHECK(sent == std::vector<std::string>{"a", "b"});
}

TEST_CASE_METHOD(stage, "place pool: a long session is no wedge", "[actors]") {
  open();
  ask_for("a");
  advance(60s);
  CHECK(view().numbers.workers == 1);
  CHECK(view().numbers.health.is_well());
}

TEST_CASE_METHOD(stage, "place pool: draining, it ends after the last worker", "[actors]") {
  terms.pool = {.max = 1, .buffer = 10};
  open();
  ask_for("a");
  ask_for("b");
  self->send(pool, drain{});
  ask_for("c");
  CHECK(errors[errc::draining] == 1);
  come_home();
  CHECK(sent.back() == "b");
  CHECK(view().state == "draining");
  come_home();
  ask_for("d");
  CHECK(errors[errc::worker_lost] == 1);
}

TEST_CASE_METHOD(stage, "place pool: while others wait nobody idles, and nobody keeps a place for ever",
                 "[actors]") {
  terms.pool = {.max = 2, .buffer = 10, .timeout = 5s};
  open();
  ask_for("a", 2);
  advance(20s);
  CHECK(told->empty()); // nobody waits
  ask_for("b", 1);
  advance(1s);
  // Both held theirs for long enough, and one is wanted.
  CHECK(count_told(room_wanted::when_idle) == 2);
  CHECK(count_told(room_wanted::soon) == 1);
  advance(20s);
  CHECK(count_told(room_wanted::soon) == 1); // once
  come_home();
  CHECK(sent == std::vector<std::string>{"a", "a", "b"});
}

TEST_CASE_METHOD(stage, "place pool: who holds all places makes none free for itself", "[actors]") {
  terms.pool = {.max = 1, .buffer = 10, .timeout = 5s};
  open();
  ask_for("a", 4);
  advance(60s);
  CHECK(told->empty());
}

TEST_CASE_METHOD(stage, "place pool: a place is not given up before its time", "[actors]") {
  terms.pool = {.max = 1, .buffer = 10, .timeout = 5s};
  open();
  ask_for("a", 1);
  ask_for("b", 1);
  advance(4s);
  CHECK(count_told(room_wanted::when_idle) == 1);
  CHECK(count_told(room_wanted::soon) == 0);
  advance(2s);
  CHECK(count_told(room_wanted::soon) == 1);
}

TEST_CASE_METHOD(stage, "place pool: its workers keep their places when it dies", "[actors]") {
  legacy = std::make_shared<place_legacy<runner_actor>>();
  open();
  ask_for("a", 2);
  ask_for("b", 1);
  caf::anon_send_exit(pool, caf::exit_reason::kill);
  settle();
  pool = nullptr;
  open();
  CHECK(legacy->seats.empty());
  CHECK(view().numbers.workers == 3);
  CHECK(view().numbers.busy == 3);
  ask_for("c", 1);
  CHECK(out.size() == 3);
  come_home();
  CHECK(sent.back() == "c");
  CHECK(view().numbers.workers == 3);
}

TEST_CASE_METHOD(stage, "place pool: whoever ended while there was no pool has left its place",
                 "[actors]") {
  legacy = std::make_shared<place_legacy<runner_actor>>();
  open();
  ask_for("a", 3);
  caf::anon_send_exit(pool, caf::exit_reason::kill);
  settle();
  come_home();
  pool = nullptr;
  open();
  CHECK(view().numbers.workers == 2);
}
