#include "actors/route.hpp"

#include "actors/end_actor.hpp"
#include "actors/event_log.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr seconds route_tick_interval{1};

policy::window_options window_of(const policy::next_hop& hop) {
  policy::window_options options;
  options.connections_max = hop.terms->connections_max;
  // Our own disk needs no probing of what it can bear.
  if (hop.kind == policy::next_hop_kind::maildir) {
    options.connections_max = postmen_max;
    options.first = postmen_max;
  }
  options.first = std::min(options.first, options.connections_max);
  return options;
}

} // namespace

route::route(caf::actor_config& config, const house& home, const route_options& options,
             dns::mail_plan plan)
  : base_actor(config, home, {"route", "/outbound/route/" + options.name, 4096}),
    options_(options), plan_(std::move(plan)), sts_(options.sts), window_(window_of(options.hop)),
    breaker_(options.breaker), breaker_notes_(metrics(), log(), "route/" + options.name),
    place_link_(log(), metrics(), "route_pool"),
    suspended_until_(options.suspended_until) {
  if (options_.hop.terms->deliveries)
    rate_.emplace(*options_.hop.terms->deliveries);
}

route_actor::behavior_type route::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  note_breaker(act_on(breaker_, options_.breaker_by_hand, steady()));
  delayed_send(this, route_tick_interval, route_tick{});
  return {
    [this](const attempt_ended& x) { on_attempt_ended(x); },
    [this](const session_opened& x) { note_dialling(x.dialled); },
    [this](const session_ended& x) { on_session_ended(x); },
    [this](const use_allowance& x) { on_use_allowance(x); },
    [this](const end_excess&) { on_end_excess(); },
    [this](const lease_messages& x) { on_lease_messages(x); },
    [this](const refresh_hosts& x) {
      plan_ = x.plan;
      sts_ = x.sts;
    },
    [this](const suspend_handing& x) { on_suspend(x); },
    [this](const resume_handing&) { on_resume(); },
    [this](const act_on_breaker& x) { on_act_on_breaker(x); },
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
  // Nobody would read what they say. What they have in hand comes back to its SHARD by
  // our death notice, and what they never had goes ahead of it.
  give_back();
  cancel_places();
  for (const auto& [address, each] : workers_)
    end_actor(caf::actor_cast<caf::actor>(each.handle), caf::exit_reason::user_shutdown);
  workers_.clear();
  absent_.clear();
  breaker_notes_.close();
  base_actor::on_exit();
}

void route::on_lease_messages(const lease_messages& x) {
  for (const auto& each : x.all)
    if (!ready_.add(each))
      finish({each, attempt_end::not_made, {}, {}, {}});
  start();
}

// ---- what an operator asks

void route::on_suspend(const suspend_handing& x) {
  suspended_until_ = steady() + x.for_so_long;
  put_off_ = 0;
  note("suspended by an operator");
  log().info("route_suspended", {{"actor", path()}, {"seconds", x.for_so_long.count()}});
  show_state();
  dismiss();
  start();
}

void route::on_resume() {
  suspended_until_ = {};
  put_off_ = 0;
  note("resumed by an operator");
  log().info("route_resumed", {{"actor", path()}});
  show_state();
  recall();
  start();
}

void route::on_act_on_breaker(const act_on_breaker& x) {
  note_breaker(act_on(breaker_, x.act, steady()));
  if (x.act != breaker_act::open)
    recall();
  start();
}

const char* route::state_name() const {
  if (draining_)
    return "draining";
  if (suspended_until_ > steady())
    return "suspended";
  return breaker_state() == policy::breaker_state::open ? "resting" : "open";
}

void route::show_state() {
  const auto* now = state_name();
  if (std::exchange(shown_, now) != now)
    enter_state(now);
}

route_view route::on_describe_route() {
  const auto now = steady();
  const auto left = [now](steady_time until) {
    return until > now ? std::chrono::ceil<seconds>(until - now) : seconds{0};
  };
  route_view view;
  view.name = options_.name;
  view.window = width();
  view.breaker = breaker_.view(now);
  view.breaker.state = breaker_state();
  view.suspended_for = left(suspended_until_);
  if (view.breaker.state == policy::breaker_state::open
      && view.breaker.forced == policy::breaker_force::none)
    view.rests_for = left(view.breaker.until);
  view.state = state_name();
  view.ready = ready_.size();
  view.in_hand = in_hand_;
  view.sessions = workers_.size();
  view.places_asked = asked_.size();
  if (options_.hop.terms->deliveries)
    view.rate = policy::to_string(*options_.hop.terms->deliveries);
  view.last_reply = last_reply_;
  view.delivered = delivered_;
  view.deferred = deferred_;
  view.failed = failed_;
  return view;
}

// ---- the house

void route::on_drain() {
  draining_ = true;
  show_state();
  start();
  dismiss();
}

void route::on_route_tick() {
  delayed_send(this, route_tick_interval, route_tick{});
  show_state();
  put_off_overdue();
  ask_governor();
  start();
  place_link_.look(!asked_.empty(), steady(), path());
  if (!ready_.empty() || in_hand_ > 0) {
    idle_since_ = steady();
    return;
  }
  if (!asked_.empty())
    return; // taken back; whoever is given all the same must be told to leave
  const auto idle_for = steady() - idle_since_;
  if (!workers_.empty()) {
    // A session lets go by itself when nothing came for a while; a POSTMAN is told.
    if (is_local() && idle_for >= options_.worker_idle_max)
      dismiss();
    return;
  }
  // Who leaves forgets that the host is ill. What was put off is back for the trial.
  const auto breaker = breaker_.view(steady());
  seconds patience = options_.idle_max;
  if (breaker.state != policy::breaker_state::closed)
    patience += std::chrono::ceil<seconds>(breaker.opens_for);
  const bool forced = breaker.forced != policy::breaker_force::none;
  if (draining_ || (idle_for >= patience && !forced))
    quit(caf::exit_reason::user_shutdown);
}

} // namespace troupe::actors
