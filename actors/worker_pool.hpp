// WORKER_POOL: a POOL whose workers stay, and do one job after the other.
//
//   Place      whoever has a job -> [WORKER_POOL] -> workers, which answer each job
//   Spawned    by its owner.
//   Dies       as POOL: above all when more workers died than terms.restarts grants.
//   Restarted  by its SUPERVISOR. It replaces its own workers one by one: a job that a
//              dead one had in hand is answered worker_lost, those in its mailbox go to
//              another. One that leaves a job unanswered for `timeout` counts as dead.
//   Bound      as POOL; each worker gets at most pool_options::mailbox jobs at once.
//   States     as POOL.

#pragma once

#include "actors/end_actor.hpp"
#include "actors/policy/supervision.hpp"
#include "actors/pool_front.hpp"

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

namespace troupe::actors {

/// `Worker` is the typed handle of an actor that answers a Job with an Answer. An error
/// that it answers is passed on; one of CAF's own means that it is dying.
template <class Job, class Answer, class Worker>
class worker_pool final : public pool_front<Job, Answer> {
public:
  using front = pool_front<Job, Answer>;
  using base = typename front::base;

  /// Spawns a worker; its place is the pool's path with this number. Its mailbox takes
  /// pool_options::mailbox jobs. A throw counts as the death of a worker.
  using factory = std::function<Worker(policy::worker_number)>;

  worker_pool(caf::actor_config& config, const house& home, const pool_terms& terms, factory hire)
    : front(config, home, terms), hire_(std::move(hire)), rule_(terms.restarts) {}

  void on_exit() override {
    for (auto& [number, each] : crew_)
      end(each, caf::exit_reason::user_shutdown);
    crew_.clear();
    numbers_.clear();
    front::on_exit();
  }

protected:
  void open() override {
    this->set_down_handler([this](caf::down_msg& x) { on_down(x); });
    staff();
    // It has no behaviour yet that `quit` could end.
    if (gave_up_)
      throw std::runtime_error("pool " + this->terms_.name + ": no worker could be had");
  }

  void start(policy::job_number job, policy::worker_number worker) override {
    const auto began = this->since(job);
    this->request(crew_.at(worker), caf::infinite, this->job(job))
      .then([=, this](Answer& x) { on_answer(job, worker, began, x); },
            [=, this](const caf::error& why) { on_error(job, worker, why); });
  }

  void wedged(policy::worker_number worker) override {
    const auto known = crew_.find(worker);
    if (known == crew_.end())
      return; // more than one of its jobs took too long
    // It may never read this: whatever it still says is for nobody.
    end(known->second, caf::exit_reason::kill);
    lose(worker, "wedged", policy::ending::crashed);
  }

  void retire(policy::worker_number worker) override {
    end(crew_.at(worker), caf::exit_reason::user_shutdown);
    forget(worker);
  }

  void staff() override {
    while (!gave_up_ && this->desk_.workers() + absent_ < this->desk_.wanted())
      hire();
  }

  void on_replace_worker() override {
    --absent_;
    this->after_change();
  }

private:
  void hire() {
    const auto number = ++hired_;
    Worker made;
    try {
      made = hire_(number);
    } catch (...) {
      replace(number, this->system().render(base::error_of(std::current_exception())),
              policy::ending::crashed);
      return;
    }
    this->monitor(made);
    numbers_.emplace(made.address(), number);
    crew_.emplace(number, std::move(made));
    this->desk_.worker_joined(number, this->steady());
    while (const auto next = this->desk_.next(this->steady()))
      start(next->job, next->worker);
  }

  void on_answer(policy::job_number job, policy::worker_number worker, steady_time began,
                 Answer& x) {
    const auto now = this->steady();
    if (this->desk_.finished(job, worker, policy::job_outcome::completed, now)) {
      this->books_.ended(policy::job_outcome::completed, now - began);
      this->answer(job, std::move(x));
    }
    this->after_change();
  }

  void on_error(policy::job_number job, policy::worker_number worker, const caf::error& why) {
    // CAF answers for a dying worker before its death notice comes, which tells what
    // it had in hand from what it had not begun.
    if (why.category() != caf::atom("troupe"))
      return;
    if (this->desk_.finished(job, worker, policy::job_outcome::failed, this->steady()))
      this->fail(job, policy::job_outcome::failed, why);
    this->after_change();
  }

  void on_down(const caf::down_msg& x) {
    const auto known = numbers_.find(caf::actor_cast<caf::actor_addr>(x.source));
    if (known == numbers_.end())
      return;
    // Only an operator ends a worker from outside.
    lose(known->second, this->system().render(x.reason),
         is_ended_by_hand(x.reason) ? policy::ending::asked : policy::ending::crashed);
    this->after_change();
  }

  void lose(policy::worker_number worker, const std::string& why, policy::ending how) {
    forget(worker);
    for (const auto job : this->desk_.worker_lost(worker, this->steady()))
      this->fail(job, policy::job_outcome::lost, errc::worker_lost, "its worker died");
    replace(worker, why, how);
  }

  void replace(policy::worker_number worker, const std::string& why, policy::ending how) {
    const auto now = this->steady();
    const auto step = rule_.died(now, policy::restart_kind::always, how);
    if (step.what != policy::supervision_step::act::restart) {
      gave_up_ = true;
      this->quit(to_caf({errc::worker_lost, "too many workers died, the last one: " + why}));
      return;
    }
    const auto wait = std::chrono::duration_cast<milliseconds>(step.at - now);
    ++this->restarts_;
    this->note("worker " + std::to_string(worker) + " lost: " + why);
    this->metrics()
      .actor_restarts_total(this->terms_.name, how == policy::ending::asked ? "asked" : "crashed")
      .add();
    this->log().warn("actor_restarted",
                     {{"actor", this->path() + '/' + std::to_string(worker)},
                      {"reason", why},
                      {"wait_ms", wait.count()}});
    ++absent_;
    this->delayed_send(this, wait, replace_worker{});
  }

  void forget(policy::worker_number worker) {
    const auto known = crew_.find(worker);
    this->demonitor(known->second.address());
    numbers_.erase(known->second.address());
    crew_.erase(known);
  }

  void end(const Worker& worker, caf::exit_reason why) {
    end_actor(caf::actor_cast<caf::actor>(worker), why);
  }

  const factory hire_;
  policy::supervision rule_;
  std::map<policy::worker_number, Worker> crew_;
  std::map<caf::actor_addr, policy::worker_number> numbers_;
  policy::worker_number hired_ = 0;
  std::uint32_t absent_ = 0; ///< Dead workers whose time to be replaced has not come.
  bool gave_up_ = false;
};

} // namespace troupe::actors
