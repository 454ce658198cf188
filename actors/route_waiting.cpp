// ROUTE: what it does not hand out for now, and gives back to its SHARD.

#include "actors/route.hpp"

#include "actors/lease_ledger.hpp"

#include <algorithm>

namespace troupe::actors {

bool route::takes_nothing(steady_time now) {
  if (suspended_until_ > now)
    return true;
  if (is_governed() && breaker_state() != policy::breaker_state::closed)
    return !allowance_.trial && !has_trial_out();
  return breaker_.state() == policy::breaker_state::open && breaker_.view(now).until > now;
}

void route::put_off_all() {
  const auto now = steady();
  const auto breaker = breaker_.view(now);
  std::string why = "the route is suspended by an operator";
  seconds wait = put_off_max;
  if (suspended_until_ > now) {
    wait = std::min(wait, std::chrono::ceil<seconds>(suspended_until_ - now));
  } else if (breaker.forced != policy::breaker_force::none) {
    why = "the breaker of the route is held open by an operator";
  } else if (is_governed()) {
    why = "the next hop did not answer the nodes of this cluster lately, its breaker is open: " + last_reply_;
  } else {
    why = "the next hop did not answer lately, its breaker is open: " + breaker.last_reason;
    wait = std::chrono::ceil<seconds>(breaker.until - now);
  }
  // A trial's time is known; an operator or a cluster may let go at any time.
  const bool at_any_time = suspended_until_ > now || breaker.forced != policy::breaker_force::none || is_governed();
  while (!ready_.empty()) {
    auto what = ready_.take();
    if (at_any_time)
      remember_put_off(*what);
    put_off(std::move(what), why, wait);
  }
}

// What is forgotten comes back by itself, put_off_max later at most.
void route::remember_put_off(const lease& what) {
  if (!what.from || absent_count_ >= put_off_known_max)
    return;
  auto& known = absent_[what.from][what.mail->id];
  if (known.empty())
    ++absent_count_;
  known = what.recipients;
}

void route::recall() {
  for (auto& [ledger, mail] : absent_) {
    bring_back all;
    for (auto& [id, recipients] : mail)
      all.all.push_back({id, std::move(recipients)});
    ledger->bring_back_now(std::move(all));
  }
  absent_.clear();
  absent_count_ = 0;
}

// What waits here for the rate, a trial or a free session expires as any other mail.
void route::put_off_overdue() {
  for (auto& each : ready_.take_overdue(wall()))
    put_off(std::move(each), "it waits for its turn at the next hop", seconds{1});
}

void route::put_off(lease_ptr what, const std::string& why, seconds wait) {
  outcome same;
  same.answer = {451, "4.4.1", {why}};
  same.remote = options_.name;
  auto results = results_for_all(*what, same);
  wait += seconds{static_cast<std::int64_t>(put_off_++ / put_off_per_second % put_off_spread_max)};
  idle_since_ = steady();
  hand_back({std::move(what), attempt_end::put_off, std::move(results), {}, {}, wait});
}

// Also what crossed the drain on its way here: a SHARD waits for each lease.
void route::give_back() {
  while (!ready_.empty())
    finish({ready_.take(), attempt_end::closing, {}, {}, {}});
}

void route::note_breaker(const std::optional<policy::breaker_change>& change) {
  if (!change)
    return;
  put_off_ = 0;
  breaker_notes_.changed(*change);
  note("breaker " + std::string(policy::to_string(change->to)) + ": " + change->reason);
  show_state();
  if (change->to == policy::breaker_state::open)
    dismiss();
}

} // namespace troupe::actors
