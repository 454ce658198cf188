// ROUTE: what comes back from its workers.

#include "actors/route.hpp"

#include "actors/end_actor.hpp"
#include "actors/event_log.hpp"
#include "actors/flow.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/failure_weight.hpp"

#include <algorithm>

namespace troupe::actors {

void route::on_attempt_ended(const attempt_ended& x) {
  const auto it = workers_.find(caf::actor_cast<caf::actor_addr>(current_sender()));
  if (it != workers_.end()) {
    auto& from = it->second;
    const auto at = std::find(from.in_hand.begin(), from.in_hand.end(), x.attempt.what);
    if (at != from.in_hand.end()) {
      from.in_hand.erase(at);
      --in_hand_;
    }
    from.leaving = from.leaving || !x.session_goes_on;
    // What is amiss with the host comes once, when the session ends of it.
    if (x.attempt.end == attempt_end::made && x.news == host_news::fine)
      host_did_well(from);
  }
  if (x.news == host_news::starved)
    hire_not_before_ = steady() + starved_wait;
  if (x.attempt.end == attempt_end::not_made)
    ready_.return_untried(x.attempt.what); // `start` gives it back if it is too late for it
  else
    finish(x.attempt);
  start();
}

void route::on_session_ended(const session_ended& x) {
  const auto it = workers_.find(caf::actor_cast<caf::actor_addr>(current_sender()));
  if (it == workers_.end())
    return;
  auto gone = std::move(it->second);
  demonitor(it->first);
  workers_.erase(it);
  if (!x.why.empty())
    last_reply_ = x.why;
  note_dialling(x.dialled);
  switch (x.news) {
    case host_news::faltered:
    case host_news::unreachable: host_failed(gone); break;
    case host_news::starved: hire_not_before_ = steady() + starved_wait; [[fallthrough]];
    case host_news::fine:
    case host_news::unfit:
      if (gone.on_trial)
        cancel_trial();
      break;
  }
  // A lease that crossed this message on its way was not tried.
  for (auto& each : gone.in_hand) {
    --in_hand_;
    ready_.return_untried(std::move(each));
  }
  start();
}

void route::on_down(const caf::down_msg& x) {
  const auto it = workers_.find(x.source);
  if (it == workers_.end())
    return;
  const bool by_hand = is_ended_by_hand(x.reason);
  const auto why = system().render(x.reason);
  log().error("worker_crashed", {{"actor", path()}, {"reason", why}});
  metrics().actor_restarts_total(is_local() ? "postman" : "delivery", by_hand ? "killed" : "crashed").add();
  auto gone = std::move(it->second);
  workers_.erase(it);
  in_hand_ -= gone.in_hand.size();
  if (gone.on_trial)
    cancel_trial();
  // The first was under way; what waited behind it is innocent.
  bool first = true;
  for (auto& each : gone.in_hand) {
    if (first)
      finish({each, by_hand ? attempt_end::stopped : attempt_end::crashed, {}, why, {}});
    else
      ready_.return_untried(std::move(each));
    first = false;
  }
  start();
}

void route::note_dialling(const dial_report& x) {
  for (const auto& each : x.deaf)
    hosts_.failed(each, steady());
  for (const auto& each : x.tls_broken)
    tls_broken_.failed(each, steady());
  if (!x.answered.empty())
    hosts_.answered(x.answered);
}

void route::host_did_well(worker& by) {
  by.since = steady();
  by.on_trial = false;
  window_.succeeded();
  if (is_governed())
    ++good_news_;
  else
    note_breaker(breaker_.success(by.since));
}

void route::host_failed(const worker& by) {
  const auto now = steady();
  window_.faltered();
  const auto took = std::chrono::duration_cast<milliseconds>(now - by.since);
  if (is_governed()) {
    bad_news_ += policy::failure_weight(took, options_.breaker);
    return ask_governor();
  }
  for (auto left = policy::failure_weight(took, options_.breaker); left > 0; --left)
    if (const auto change = breaker_.failure(now, last_reply_))
      return note_breaker(change);
}

void route::finish(attempt_finished what) {
  if (what.end == attempt_end::made)
    metrics().delivery_seconds().observe(std::chrono::duration<double>(what.took).count());
  remember(what);
  idle_since_ = steady();
  hand_back(std::move(what));
}

void route::remember(const attempt_finished& what) {
  for (const auto& each : what.results) {
    switch (each.what.kind) {
      case outcome_kind::delivered: ++delivered_; break;
      case outcome_kind::deferred: ++deferred_; break;
      case outcome_kind::failed: ++failed_; break;
    }
    if (each.what.kind != outcome_kind::delivered || last_reply_.empty())
      last_reply_ = to_string(each.what.answer);
  }
}

} // namespace troupe::actors
