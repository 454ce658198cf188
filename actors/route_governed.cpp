// ROUTE: in a cluster, where the GOVERNOR has a word in it.

#include "actors/route.hpp"

#include "actors/end_actor.hpp"
#include "actors/flow.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

/// Idle sessions count until they are closed: the next hop has them open.
unsigned route::needed() const {
  if (draining_ || suspended_until_ > steady())
    return static_cast<unsigned>(workers_.size());
  const auto use = std::min<std::size_t>(window_.width(), ready_.size() + in_hand_);
  return static_cast<unsigned>(std::max(use, workers_.size()));
}

void route::ask_governor() {
  if (!is_governed())
    return;
  const auto governor = options_.governor->now();
  if (!governor)
    return;
  asked_for_ = needed();
  send(governor, ask_allowance{options_.name, window_.most(), options_.breaker, asked_for_, std::exchange(good_news_, 0),
                               std::exchange(bad_news_, 0), lessee_actor{this}});
}

void route::on_use_allowance(const use_allowance& x) {
  const auto before = std::exchange(allowance_, x);
  if (rate_ && x.sessions > 0)
    rate_->lend(std::min(x.sessions, window_.most()), window_.most());
  if (before.breaker != x.breaker) {
    note_breaker(policy::breaker_change{before.breaker, x.breaker, "as the nodes of this cluster have it"});
    if (x.breaker == policy::breaker_state::closed)
      recall();
  }
  if (workers_.size() + asked_.size() > x.sessions && !asked_.empty())
    cancel_places();
  if (x.breaker == policy::breaker_state::closed && workers_.size() > x.sessions) {
    auto excess = workers_.size() - x.sessions;
    for (const bool idle : {true, false})
      for (auto& [address, each] : workers_)
        if (excess > 0 && each.in_hand.empty() == idle) {
          --excess;
          if (!std::exchange(each.leaving, true))
            send(each.handle, leave{});
        }
    delayed_send(this, allowance_grace, end_excess{});
  }
  start();
}

// Somebody else may have been lent what these still use.
void route::on_end_excess() {
  auto excess = workers_.size() > allowance_.sessions ? workers_.size() - allowance_.sessions : 0;
  for (const bool leaving : {true, false})
    for (const auto& [address, each] : workers_)
      if (excess > 0 && each.leaving == leaving) {
        --excess;
        end_actor(caf::actor_cast<caf::actor>(each.handle), caf::exit_reason::kill);
      }
}

bool route::has_trial_out() const {
  const auto is_trial = [](const auto& each) { return each.second.on_trial; };
  return std::any_of(workers_.begin(), workers_.end(), is_trial) || std::any_of(asked_.begin(), asked_.end(), is_trial);
}

policy::breaker_state route::breaker_state() const {
  const auto own = breaker_.state();
  return is_governed() && own == policy::breaker_state::closed ? allowance_.breaker : own;
}

/// A session now? Then whether it is on trial.
std::optional<bool> route::admit(steady_time now) {
  if (is_governed()) {
    if (allowance_.breaker == policy::breaker_state::closed)
      return false;
    if (std::exchange(allowance_.trial, false))
      return true;
    return std::nullopt;
  }
  const auto permit = breaker_.permit(now);
  note_breaker(permit.change);
  if (!permit.granted)
    return std::nullopt;
  return breaker_.state() == policy::breaker_state::half_open;
}

void route::cancel_trial() {
  if (is_governed())
    allowance_.trial = allowance_.breaker != policy::breaker_state::closed;
  else
    breaker_.cancelled(steady());
}

} // namespace troupe::actors
