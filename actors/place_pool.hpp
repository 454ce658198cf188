// PLACE_POOL: a POOL that spawns a worker for each job. So many may live at once, and
// whoever comes later waits until one of them has ended.
//
//   Place      whoever needs a worker -> [PLACE_POOL], which spawns it and hands it over
//   Spawned    by its owner.
//   Dies       as POOL. The workers live on: they are their askers' then.
//   Restarted  by its SUPERVISOR. The workers of the dead one keep their places where it
//              left a place_legacy; else there may be up to twice as many for a while.
//   Bound      pool_options::max workers, buffer askers that wait. min and mailbox mean
//              nothing here. timeout is how long a worker may keep its place while others
//              than its asker wait; nobody is cut off for it, but told to make room.
//   States     as POOL; draining, it ends after the last worker.

#pragma once

#include "actors/place_given.hpp"
#include "actors/policy/place_turns.hpp"
#include "actors/pool_front.hpp"

#include <caf/actor_addr.hpp>
#include <caf/exit_reason.hpp>
#include <caf/system_messages.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace troupe::actors {

/// What one PLACE_POOL leaves to the next. Only the one on stage uses it: the death of one
/// comes before the birth of the next.
template <class Worker>
struct place_legacy {
  struct seat {
    Worker worker;
    std::uint64_t owner;
    steady_time since;
  };
  std::vector<seat> seats;
};

template <class Job, class Worker>
class place_pool final : public pool_front<Job, place_given<Worker>> {
public:
  using front = pool_front<Job, place_given<Worker>>;
  using base = typename front::base;
  using legacy_ptr = std::shared_ptr<place_legacy<Worker>>;

  /// Spawns the worker for a job. A throw is answered worker_lost.
  using factory = std::function<Worker(const Job&)>;

  /// @param legacy null: the next one begins with all places free
  place_pool(caf::actor_config& config, const house& home, const pool_terms& terms, factory hire,
             legacy_ptr legacy = nullptr)
    : front(config, home, as_places(terms)),
      hire_(std::move(hire)),
      hold_max_(terms.pool.timeout),
      legacy_(std::move(legacy)) {}

  void on_exit() override {
    if (legacy_) {
      for (const auto& [address, each] : at_work_)
        if (auto worker = caf::actor_cast<Worker>(address))
          legacy_->seats.push_back({std::move(worker), each.owner, each.since});
      happens_before(legacy_.get());
    }
    front::on_exit();
  }

protected:
  void open() override {
    this->set_down_handler([this](caf::down_msg& x) { on_down(x); });
    // A place is a worker of the desk's, with room for one job.
    for (policy::worker_number place = 1; place <= this->terms_.pool.max; ++place)
      this->desk_.worker_joined(place, this->steady());
    if (!legacy_)
      return;
    happens_after(legacy_.get());
    for (const auto& each : std::exchange(legacy_->seats, {}))
      take_over(each);
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
    at_work_.emplace(made.address(),
                     seat{job, place, this->owner(job), this->since(job), this->steady(), {}});
    this->answer(job, place_given<Worker>{std::move(made)});
  }

  // Somebody waits, or it would not be called.
  void look_around() override {
    const auto waiting = this->desk_.buffered();
    if (waiting == 0)
      return;
    const auto now = this->steady();
    std::vector<policy::taken_place> places;
    std::vector<seat_entry*> seats;
    for (auto& each : at_work_) {
      const bool others_wait = this->desk_.others_wait(each.second.owner);
      if (others_wait && !each.second.told)
        tell(each, room_wanted::when_idle);
      places.push_back({each.second.owner, each.second.since,
                        each.second.told == room_wanted::soon, others_wait});
      seats.push_back(&each);
    }
    for (const auto index : policy::places_to_give_up(places, waiting, hold_max_, now))
      tell(*seats[index], room_wanted::soon);
  }

  [[nodiscard]] std::size_t alive() const override { return at_work_.size(); }

  [[nodiscard]] pool_view view() override {
    auto shown = front::view();
    shown.min = 0;
    shown.numbers.workers = at_work_.size();
    return shown;
  }

private:
  struct seat {
    policy::job_number job;
    policy::worker_number place;
    std::uint64_t owner;
    steady_time asked;
    steady_time since;
    std::optional<room_wanted> told;
  };
  using seat_table = std::map<caf::actor_addr, seat>;
  using seat_entry = typename seat_table::value_type;

  static pool_terms as_places(pool_terms terms) {
    terms.pool.min = terms.pool.max;
    terms.pool.mailbox = 1;
    terms.pool.timeout = milliseconds{0};
    return terms;
  }

  void take_over(const typename place_legacy<Worker>::seat& from) {
    const auto now = this->steady();
    const auto job = this->new_number();
    const auto took = this->desk_.submit({.job = job, .owner = from.owner}, now);
    if (took.what != policy::job_entry::fate::assigned)
      return; // there are fewer places now
    this->monitor(from.worker);
    at_work_.emplace(from.worker.address(),
                     seat{job, took.worker, from.owner, from.since, from.since, {}});
  }

  void tell(seat_entry& who, room_wanted how) {
    who.second.told = how;
    if (const auto worker = caf::actor_cast<Worker>(who.first))
      this->template send<caf::message_priority::high>(worker, make_room{how});
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
    this->books_.ended(how, now - left.asked);
    this->after_change();
  }

  const factory hire_;
  const milliseconds hold_max_;
  const legacy_ptr legacy_;
  seat_table at_work_;
};

} // namespace troupe::actors
