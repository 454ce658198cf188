// A WORKER_POOL with workers and askers that a test leads by the hand.

#pragma once

#include "actors/worker_pool.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace troupe::pool_play {

using namespace actors;
using namespace std::chrono_literals;
using policy::job_outcome;

struct task {
  int number;
};

struct task_done {
  int number;
};

/// Answer the oldest job in hand.
struct answer_one {};

} // namespace troupe::pool_play

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pool_play::answer_one)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pool_play::task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pool_play::task_done)

namespace troupe::pool_play {

using hand_actor
  = caf::typed_actor<caf::replies_to<task>::with<task_done>, caf::reacts_to<answer_one>>;
using task_pool = pool_actor<task, task_done>;

inline constexpr int crashing = -1;
inline constexpr int failing = -2;
inline constexpr int hanging = -3;

/// What workers do, and did.
struct ledger {
  bool at_once = true; ///< They answer when they are asked; else when told to.
  std::map<policy::worker_number, std::vector<caf::typed_response_promise<task_done>>> in_hand;
  std::vector<hand_actor> hired;
  int never = 0; ///< So many hirings fail.
};

inline hand_actor::behavior_type hand(hand_actor::pointer self, std::shared_ptr<ledger> book,
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

} // namespace troupe::pool_play

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::pool_play::asking)

namespace troupe::pool_play {

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

inline asker_actor::behavior_type asker(asker_actor::pointer self, std::shared_ptr<notes> book,
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

struct pool_fixture : support::actor_fixture {
  std::shared_ptr<ledger> crew = std::make_shared<ledger>();
  std::shared_ptr<notes> told = std::make_shared<notes>();
  pool_terms terms{.name = "test", .path = "/test/pool", .pool = {}, .restarts = {}};
  task_pool pool;
  asker_actor client;

  ~pool_fixture() {
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

} // namespace troupe::pool_play
