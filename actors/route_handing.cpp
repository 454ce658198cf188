// ROUTE: from ready to a worker.

#include "actors/route.hpp"

#include "actors/event_log.hpp"
#include "actors/flow.hpp"
#include "actors/postman.hpp"
#include "actors/route_name.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

namespace troupe::actors {

namespace {

std::uint64_t throw_dice() {
  thread_local std::mt19937_64 dice{std::random_device{}()};
  return dice();
}

outcome refusal_of(const dial_target& host) {
  outcome same;
  same.answer = {451, "4.7.5", {"No safe session: " + host.name + ": " + host.tls.why}};
  if (host.tls.for_good) {
    same.kind = outcome_kind::failed;
    same.answer.code = 550;
    same.answer.enhanced = "5.7.10"; // RFC 8689 §4.2.1
  }
  same.remote = host.name;
  return same;
}

} // namespace

bool route::is_local() const { return options_.hop.kind == policy::next_hop_kind::maildir; }

std::size_t route::prefetch() const {
  if (is_governed() ? breaker_state() != policy::breaker_state::closed
                    : breaker_.state() == policy::breaker_state::half_open)
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
    give_back();
  if (ready_.empty())
    return cancel_places();
  if (options_.hop.kind == policy::next_hop_kind::discard)
    return discard_all();
  const auto now = steady();
  if (is_governed() && needed() > asked_for_)
    ask_governor();
  if (takes_nothing(now)) {
    put_off_all();
    return cancel_places();
  }
  // First one each, then a second one behind it: sessions that stand share the work.
  for (std::size_t depth = 1; depth <= prefetch() && !ready_.empty(); ++depth) {
    for (auto& [address, each] : workers_) {
      if (each.leaving || each.in_hand.size() >= depth)
        continue;
      if (!rate_allows(now) || !hand_out(each))
        return;
    }
    // A new session is worth more than a place behind another message.
    while (depth == 1 && wants_more()) {
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

// Trials are rationed by the breaker alone: what came of the sessions before it opened
// does not make it wait for one after the other.
unsigned route::width() const {
  if (is_governed())
    return breaker_state() == policy::breaker_state::closed ? std::min(window_.width(), allowance_.sessions)
           : allowance_.trial || has_trial_out()            ? 1
                                                            : 0;
  if (breaker_.state() != policy::breaker_state::half_open)
    return window_.width();
  return std::min(options_.breaker.probes, window_.most());
}

// Each place that is asked for is meant for one of those that are ready.
bool route::wants_more() const {
  return ready_.size() > asked_.size() && workers_.size() + asked_.size() < width();
}

// Between the question and the answer anything may have changed.
bool route::has_use_for_another(steady_time now) {
  return !ready_.empty() && workers_.size() < width() && !takes_nothing(now)
         && rate_allows(now);
}

bool route::hire() {
  const auto now = steady();
  if (now < hire_not_before_) {
    wake_at(hire_not_before_);
    return false;
  }
  auto hosts = is_local() ? std::vector<dial_target>{} : targets();
  if (!hosts.empty() && hosts.front().tls.level == policy::tls_level::not_now) {
    // No host may be dialled: the next letter has had its attempt.
    auto what = ready_.take();
    auto results = results_for_all(*what, refusal_of(hosts.front()));
    finish({std::move(what), attempt_end::made, std::move(results), {}, {}});
    return true;
  }
  const auto admitted = admit(now);
  if (!admitted)
    return false; // a trial is out: its end starts what waits
  const bool on_trial = *admitted;
  worker_post post{path(), hired_++, foreman_actor{this}, std::move(hosts)};
  if (!options_.places)
    return hand_out(adopt(options_.hire(system(), post), on_trial));
  ask_for_place(std::move(post), on_trial);
  return true;
}

route::worker& route::adopt(worker_actor handle, bool on_trial) {
  worker one;
  one.on_trial = on_trial;
  one.since = steady();
  one.handle = std::move(handle);
  // As urgent as what it says, lest its end overtake the outcome of its last letter.
  monitor<caf::message_priority::high>(one.handle);
  return workers_.emplace(one.handle.address(), std::move(one)).first->second;
}

void route::ask_for_place(worker_post post, bool on_trial) {
  const auto ticket = ++tickets_;
  asked_.emplace(ticket, asked_place{on_trial, false});
  submit<outbound_session> question;
  question.job = {std::move(post), options_.hire};
  question.priority = ready_.most_urgent();
  question.wait = place_wait_max;
  question.ticket = ticket;
  request(options_.places->now(), caf::infinite, std::move(question))
    .then([this, ticket](const place_given<worker_actor>& x) { on_place_given(ticket, x.worker); },
          [this, ticket](const caf::error& why) { on_no_place(ticket, from_caf(why)); });
}

void route::on_place_given(std::uint64_t ticket, const worker_actor& given) {
  const bool on_trial = asked_.extract(ticket).mapped().on_trial;
  const auto now = steady();
  if (has_use_for_another(now)) {
    hand_out(adopt(given, on_trial));
  } else {
    send(given, leave{});
    if (on_trial)
      cancel_trial();
  }
  start();
}

void route::on_no_place(std::uint64_t ticket, const error& why) {
  const auto asked = asked_.extract(ticket).mapped();
  if (asked.on_trial)
    cancel_trial();
  if (!asked.is_cancelled) {
    log().debug("no_place", {{"actor", path()}, {"reason", why.detail}});
    hire_not_before_ = steady() + starved_wait;
  }
  start();
}

void route::cancel_places() {
  for (auto& [ticket, each] : asked_)
    if (!std::exchange(each.is_cancelled, true))
      send<caf::message_priority::high>(options_.places->now(), cancel_job{ticket});
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
  std::vector<dial_target> refused;
  for (const auto& each : dns::targets_of(plan_, throw_dice())) {
    dial_target one{{to_string(each.address), port}, each.host};
    one.tls = need_of(each.host, io::to_string(one.where));
    // Dead hosts go last, not away: when all are dead one of them is the probe.
    if (one.tls.level == policy::tls_level::not_now)
      refused.push_back(std::move(one));
    else if (hosts_.not_before(io::to_string(one.where)) > now)
      resting.push_back(std::move(one));
    else
      all.push_back(std::move(one));
  }
  std::stable_partition(refused.begin(), refused.end(), [](const auto& x) { return !x.tls.for_good; });
  if (hop.wish == tls_wish::required) {
    // Mail goes back only when no host is left that might take it.
    std::move(resting.begin(), resting.end(), std::back_inserter(all));
    std::move(refused.begin(), refused.end(), std::back_inserter(all));
    return all;
  }
  if (!all.empty())
    return all;
  return resting.empty() ? refused : resting;
}

policy::tls_need route::need_of(const std::string& host, const std::string& where) const {
  auto need = find_tls_need(options_.hop, plan_, sts_.get(), host);
  if (need.level == policy::tls_level::may && tls_broken_.not_before(where) > steady()) {
    need.level = policy::tls_level::none;
    need.why += ", and TLS with it went wrong a while ago";
  }
  return need;
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
