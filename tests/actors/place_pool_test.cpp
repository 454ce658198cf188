#include "actors/place_pool.hpp"

#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
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

using runner_actor = caf::typed_actor<caf::reacts_to<go_home>>;
using runner_place = place_given<runner_actor>;

runner_actor::behavior_type runner(runner_actor::pointer self) {
  return {[self](const go_home&) { self->quit(); }};
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
      return sys.spawn(runner);
    });
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
