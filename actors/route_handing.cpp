// ROUTE: from ready to a worker.

#include "actors/route.hpp"

#include "actors/postman.hpp"

#include <algorithm>
#include <random>

namespace troupe::actors {

namespace {

std::uint64_t throw_dice() {
  thread_local std::mt19937_64 dice{std::random_device{}()};
  return dice();
}

} // namespace

bool route::is_local() const { return options_.hop.kind == policy::next_hop_kind::maildir; }

std::size_t route::prefetch() const {
  if (breaker_.state() == policy::breaker_state::half_open)
    return 1;
  return is_local() ? postman_prefetch_max : prefetch_max;
}

bool route::rate_allows(steady_time now) {
  if (!rate_)
    return true;
  const auto at = rate_->next_start(now);
  if (at <= now)
    return true;
  wake_at(at);
  return false;
}

void route::wake_at(steady_time at) {
  if (wake_at_ != steady_time{} && wake_at_ <= at)
    return;
  wake_at_ = at;
  delayed_send(this, std::max(at - steady(), steady_time::duration{1'000'000}), start_waiting{});
}

void route::start() {
  if (draining_)
    return give_back();
  if (ready_.empty())
    return;
  if (options_.hop.kind == policy::next_hop_kind::discard)
    return discard_all();
  const auto now = steady();
  if (takes_nothing(now))
    return put_off_all();
  // First one each, then a second one behind it: sessions that stand share the work.
  for (std::size_t depth = 1; depth <= prefetch() && !ready_.empty(); ++depth) {
    for (auto& [address, each] : workers_) {
      if (each.leaving || each.in_hand.size() >= depth)
        continue;
      if (!rate_allows(now) || !hand_out(each))
        return;
    }
    // A new session is worth more than a place behind another message.
    while (depth == 1 && !ready_.empty() && workers_.size() < window_.width()) {
      if (!rate_allows(now))
        return;
      if (!hire())
        break;
    }
  }
}

void route::discard_all() {
  outcome same;
  same.kind = outcome_kind::delivered;
  same.answer = {250, "2.0.0", {"Discarded"}};
  same.remote = "discard";
  while (!ready_.empty()) {
    auto what = ready_.take();
    auto results = results_for_all(*what, same);
    finish({std::move(what), attempt_end::made, std::move(results), {}, {}});
  }
}

bool route::hand_out(worker& to) {
  if (ready_.empty())
    return false;
  auto what = ready_.take();
  if (rate_)
    rate_->started(steady());
  if (to.in_hand.empty())
    to.since = steady();
  to.in_hand.push_back(what);
  ++in_hand_;
  send<caf::message_priority::high>(to.handle, deliver{std::move(what)});
  return true;
}

bool route::hire() {
  const auto now = steady();
  if (now < hire_not_before_) {
    wake_at(hire_not_before_);
    return false;
  }
  const auto permit = breaker_.permit(now);
  note_breaker(permit.change);
  if (!permit.granted)
    return false; // a trial is out: its end starts what waits
  worker one;
  one.on_trial = breaker_.state() == policy::breaker_state::half_open;
  one.since = now;
  one.handle = options_.hire(
    system(), {path(), hired_++, foreman_actor{this},
               is_local() ? std::vector<dial_target>{} : targets()});
  // As urgent as what it says, lest its end overtake the outcome of its last letter.
  monitor<caf::message_priority::high>(one.handle);
  auto& kept = workers_.emplace(one.handle.address(), std::move(one)).first->second;
  return hand_out(kept);
}

std::vector<dial_target> route::targets() {
  const auto& hop = options_.hop;
  std::vector<dial_target> all;
  if (hop.kind == policy::next_hop_kind::lmtp_unix) {
    all.push_back({{"unix:" + hop.path, 0}, {}});
    return all;
  }
  const auto port = hop.kind == policy::next_hop_kind::mx ? options_.mx_port : hop.port;
  const auto now = steady();
  std::vector<dial_target> resting;
  for (const auto& each : dns::targets_of(plan_, throw_dice())) {
    dial_target one{{to_string(each.address), port}, each.host};
    // Dead hosts go last, not away: when all are dead one of them is the probe.
    if (hosts_.not_before(io::to_string(one.where)) > now)
      resting.push_back(std::move(one));
    else
      all.push_back(std::move(one));
  }
  if (all.empty())
    return resting;
  return all;
}

void route::dismiss() {
  for (auto& [address, each] : workers_) {
    if (each.leaving)
      continue;
    each.leaving = true;
    send(each.handle, leave{});
  }
}

} // namespace troupe::actors
