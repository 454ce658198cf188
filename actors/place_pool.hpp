// PLACE_POOL: a POOL that spawns a worker for each job. So many may live at once, and
// whoever comes later waits until one of them has ended.
//
//   Place      whoever needs a worker -> [PLACE_POOL], which spawns it and hands it over
//   Spawned    by its owner.
//   Dies       as POOL. The workers live on: they are their askers' then.
//   Restarted  by its SUPERVISOR, with all places free: for as long as the workers of
//              the dead one live there may be up to twice as many.
//   Bound      pool_options::max workers, buffer askers that wait. min and mailbox mean
//              nothing here, nor does timeout: a worker has deadlines of its own.
//   States     as POOL; draining, it ends after the last worker.

#pragma once

#include "actors/pool_front.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>
#include <caf/system_messages.hpp>

#include <functional>
#include <map>
#include <utility>

namespace troupe::actors {

/// A worker has its place, and begins. It keeps the place until it ends.
template <class Worker>
struct place_given {
  Worker worker;
};

template <class Job, class Worker>
class place_pool final : public pool_front<Job, place_given<Worker>> {
public:
  using front = pool_front<Job, place_given<Worker>>;
  using base = typename front::base;

  /// Spawns the worker for a job. A throw is answered worker_lost.
  using factory = std::function<Worker(const Job&)>;

  place_pool(caf::actor_config& config, const house& home, const pool_terms& terms, factory hire)
    : front(config, home, as_places(terms)), hire_(std::move(hire)) {}

protected:
  void open() override {
    this->set_down_handler([this](caf::down_msg& x) { on_down(x); });
    // A place is a worker of the desk's, with room for one job.
    for (policy::worker_number place = 1; place <= this->terms_.pool.max; ++place)
      this->desk_.worker_joined(place, this->steady());
  }

  void start(policy::job_number job, policy::worker_number place) override {
    Worker made;
    try {
      made = hire_(this->job(job));
    } catch (...) {
      this->desk_.finished(job, place, policy::job_outcome::lost, this->steady());
      this->fail(job, policy::job_outcome::lost, errc::worker_lost, "no worker could be had");
      return;
    }
    this->monitor(made);
    at_work_.emplace(made.address(), seat{job, place, this->since(job)});
    this->answer(job, place_given<Worker>{std::move(made)});
  }

  [[nodiscard]] std::size_t alive() const override { return at_work_.size(); }

  [[nodiscard]] pool_view view() override {
    auto shown = front::view();
    shown.numbers.workers = at_work_.size();
    return shown;
  }

private:
  struct seat {
    policy::job_number job;
    policy::worker_number place;
    steady_time since;
  };

  static pool_terms as_places(pool_terms terms) {
    terms.pool.min = terms.pool.max;
    terms.pool.mailbox = 1;
    terms.pool.timeout = milliseconds{0};
    return terms;
  }

  void on_down(const caf::down_msg& x) {
    const auto known = at_work_.find(x.source);
    if (known == at_work_.end())
      return;
    const auto left = known->second;
    at_work_.erase(known);
    const bool is_well = !x.reason || x.reason == caf::exit_reason::normal
                         || x.reason == caf::exit_reason::user_shutdown;
    const auto how = is_well ? policy::job_outcome::completed : policy::job_outcome::lost;
    const auto now = this->steady();
    this->desk_.finished(left.job, left.place, how, now);
    this->books_.ended(how, now - left.since);
    this->after_change();
  }

  const factory hire_;
  std::map<caf::actor_addr, seat> at_work_;
};

} // namespace troupe::actors

namespace caf {

template <class Worker>
struct allowed_unsafe_message_type<troupe::actors::place_given<Worker>> : std::true_type {};

} // namespace caf
