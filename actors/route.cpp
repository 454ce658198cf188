#include "actors/route.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/postman.hpp"

#include <algorithm>
#include <random>

namespace troupe::actors {

namespace {

constexpr seconds tick_interval{1};

policy::window_options window_of(const route_options& of) {
  const auto& hop = of.hop;
  policy::window_options options;
  options.probe_first = of.probe_first;
  options.connections_max = hop.terms->connections_max;
  // Our own disk needs no probing of what it can bear.
  if (hop.kind == policy::next_hop_kind::maildir) {
    options.connections_max = postmen_max;
    options.first = postmen_max;
  }
  options.first = std::min(options.first, options.connections_max);
  return options;
}

std::uint64_t throw_dice() {
  thread_local std::mt19937_64 dice{std::random_device{}()};
  return dice();
}

} // namespace

route::route(caf::actor_config& config, const house& home, const route_options& options,
             dns::mail_plan plan)
  : base_actor(config, home, {"route", "/outbound/route/" + options.name, 4096}),
    options_(options), plan_(std::move(plan)), window_(window_of(options)) {
  if (options_.hop.terms->deliveries)
    rate_.emplace(*options_.hop.terms->deliveries);
}

route_actor::behavior_type route::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  delayed_send(this, tick_interval, route_tick{});
  return {
    [this](const attempt_ended& x) { on_attempt_ended(x); },
    [this](const session_opened& x) { note_dialling(x.dialled); },
    [this](const session_ended& x) { on_session_ended(x); },
    [this](const lease_messages& x) { on_lease_messages(x); },
    [this](const refresh_hosts& x) { plan_ = x.plan; },
    [this](const describe_route&) { return on_describe_route(); },
    [this](const drain&) { on_drain(); },
    [this](const start_waiting&) {
      wake_at_ = {};
      start();
    },
    [this](const route_tick&) { on_route_tick(); },
  };
}

void route::on_exit() {
  workers_.clear();
  ready_.clear();
  base_actor::on_exit();
}

void route::on_lease_messages(const lease_messages& x) {
  for (const auto& each : x.all)
    ready_.push_back(each);
  start();
}

// ---- handing out

bool route::is_local() const { return options_.hop.kind == policy::next_hop_kind::maildir; }

std::size_t route::prefetch() const { return is_local() ? postman_prefetch_max : prefetch_max; }

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
  if (options_.hop.kind == policy::next_hop_kind::discard) {
    outcome same;
    same.kind = outcome_kind::delivered;
    same.answer = {250, "2.0.0", {"Discarded"}};
    same.remote = "discard";
    while (!ready_.empty()) {
      auto what = ready_.front();
      ready_.pop_front();
      finish({what, attempt_end::made, results_for_all(*what, same), {}, {}});
    }
    return;
  }
  const auto now = steady();
  if (window_.width(now) == 0)
    return answer_resting();
  // First one each, then a second one behind it: sessions that stand share the work.
  for (std::size_t depth = 1; depth <= prefetch() && !ready_.empty(); ++depth) {
    for (auto& [address, each] : workers_) {
      if (each.leaving || each.in_hand.size() >= depth)
        continue;
      if (!rate_allows(now) || !hand_out(each))
        return;
    }
    // A new session is worth more than a place behind another message.
    while (depth == 1 && !ready_.empty() && workers_.size() < window_.width(now)) {
      if (!rate_allows(now))
        return;
      hire();
    }
  }
}

bool route::hand_out(worker& to) {
  if (ready_.empty())
    return false;
  auto what = std::move(ready_.front());
  ready_.pop_front();
  if (rate_)
    rate_->started(steady());
  to.in_hand.push_back(what);
  ++in_hand_;
  send<caf::message_priority::high>(to.handle, deliver{std::move(what)});
  return true;
}

void route::hire() {
  const auto number = std::to_string(hired_++);
  worker one;
  if (is_local()) {
    one.handle = system().spawn<postman, caf::detached>(
      home(), path() + "/postman/" + number, options_.hostname, foreman_actor{this});
  } else {
    auto& unit = *options_.units[next_unit_ % options_.units.size()];
    one.handle = system().spawn<delivery>(home(), path() + "/delivery/" + number, std::ref(unit),
                                          options_.session, targets(), foreman_actor{this},
                                          options_.spools[next_unit_ % options_.spools.size()]->now());
    ++next_unit_;
  }
  // As urgent as what it says, lest its end overtake the outcome of its last letter.
  monitor<caf::message_priority::high>(one.handle);
  auto& kept = workers_.emplace(one.handle.address(), std::move(one)).first->second;
  hand_out(kept);
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

// ---- what comes back

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
  }
  if (x.attempt.end == attempt_end::made)
    take_news(x.news);
  if (x.attempt.end == attempt_end::not_made && !draining_)
    ready_.push_front(x.attempt.what);
  else
    finish(x.attempt);
  start();
}

void route::note_dialling(const dial_report& x) {
  for (const auto& each : x.deaf)
    hosts_.failed(each, steady());
  if (!x.answered.empty())
    hosts_.answered(x.answered);
}

void route::on_session_ended(const session_ended& x) {
  const auto it = workers_.find(caf::actor_cast<caf::actor_addr>(current_sender()));
  if (it == workers_.end())
    return;
  if (!x.why.empty())
    last_reply_ = x.why;
  note_dialling(x.dialled);
  if (x.news != host_news::fine)
    take_news(x.news);
  // A lease that crossed this message on its way was not tried.
  for (auto& each : it->second.in_hand) {
    --in_hand_;
    ready_.push_front(std::move(each));
  }
  demonitor(it->first);
  workers_.erase(it);
  start();
}

void route::on_down(caf::down_msg& x) {
  const auto it = workers_.find(x.source);
  if (it == workers_.end())
    return;
  log().error("worker_crashed", {{"actor", path()}, {"reason", system().render(x.reason)}});
  metrics().actor_restarts_total("delivery", "crashed").add();
  auto in_hand = std::move(it->second.in_hand);
  workers_.erase(it);
  in_hand_ -= in_hand.size();
  // The first was under way; what waited behind it is innocent.
  bool first = true;
  for (auto& each : in_hand) {
    if (first)
      finish({each, attempt_end::crashed, {}, system().render(x.reason), {}});
    else
      ready_.push_front(std::move(each));
    first = false;
  }
  start();
}

void route::take_news(host_news news) {
  const auto now = steady();
  switch (news) {
    case host_news::fine: window_.succeeded(); return;
    case host_news::faltered: window_.faltered(now); return;
    case host_news::unreachable: break;
  }
  window_.died(now);
  log().info("route_resting", {{"actor", path()}, {"reason", last_reply_}});
}

void route::answer_resting() {
  const auto now = steady();
  outcome same;
  same.answer = {451, "4.4.1", {"The next hop did not answer lately: " + last_reply_}};
  same.remote = options_.name;
  // What we say ourselves only quotes the last reply; taken for one, it would quote itself.
  const auto quoted = last_reply_;
  while (!ready_.empty()) {
    auto what = std::move(ready_.front());
    ready_.pop_front();
    finish({what, attempt_end::made, results_for_all(*what, same), {}, {}});
  }
  last_reply_ = quoted;
  wake_at(std::max(window_.probe_at(), now + seconds{1}));
}

void route::finish(attempt_finished what) {
  remember(what);
  idle_since_ = steady();
  auto to = what.what->from;
  send<caf::message_priority::high>(to, std::move(what));
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

// ---- the house

route_view route::on_describe_route() {
  const auto now = steady();
  route_view view;
  view.name = options_.name;
  view.window = window_.width(now);
  view.state = draining_ ? "draining" : view.window == 0 ? "resting" : "open";
  view.ready = ready_.size();
  view.in_hand = in_hand_;
  view.sessions = workers_.size();
  if (window_.is_dead() && window_.probe_at() > now)
    view.rests_for = std::chrono::duration_cast<seconds>(window_.probe_at() - now);
  if (options_.hop.terms->deliveries)
    view.rate = policy::to_string(*options_.hop.terms->deliveries);
  view.last_reply = last_reply_;
  view.delivered = delivered_;
  view.deferred = deferred_;
  view.failed = failed_;
  return view;
}

void route::on_drain() {
  draining_ = true;
  give_back();
  dismiss();
}

// Also what crossed the drain on its way here: a SHARD waits for each lease.
void route::give_back() {
  while (!ready_.empty()) {
    auto what = std::move(ready_.front());
    ready_.pop_front();
    finish({std::move(what), attempt_end::not_made, {}, {}, {}});
  }
}

void route::dismiss() {
  for (auto& [address, each] : workers_) {
    if (each.leaving)
      continue;
    each.leaving = true;
    send(each.handle, leave{});
  }
}

void route::on_route_tick() {
  delayed_send(this, tick_interval, route_tick{});
  start();
  if (!ready_.empty() || in_hand_ > 0) {
    idle_since_ = steady();
    return;
  }
  if (!workers_.empty()) {
    // A session lets go by itself when nothing came for a while; a POSTMAN is told.
    if (is_local() && steady() - idle_since_ >= options_.session->idle_max)
      dismiss();
    return;
  }
  if (draining_ || steady() - idle_since_ >= options_.idle_max)
    quit(caf::exit_reason::user_shutdown);
}

} // namespace troupe::actors
