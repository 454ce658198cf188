#include "actors/cluster/shadow.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <utility>

namespace troupe::actors {

namespace {

constexpr milliseconds shadow_tick_interval{100};
constexpr seconds shadow_count_interval{2};

} // namespace

shadow::shadow(caf::actor_config& config, const house& home, const shadow_actor_options& options,
               std::shared_ptr<shadow_legacy> legacy)
  : base_actor(config, home, {"shadow", "/cluster/shadow/" + std::to_string(options.number), options.mailbox}),
    options_(options), legacy_(std::move(legacy)), rules_(legacy_->rules) {}

shadow_actor::behavior_type shadow::make_behavior() {
  happens_after(legacy_.get());
  options_.inbox->cast(shard_inbox{shadow_actor{this}});
  options_.played->cast(store_actor{shadow_actor{this}});
  // Nobody waits for these any more, and whether they are on disk nobody knows.
  std::vector<message_id> unsure;
  for (const auto& [id, each] : legacy_->keeping)
    if (!each.here)
      unsure.push_back(id);
  for (const auto id : unsure)
    rules_.not_kept_here(id, steady());
  if (!legacy_->restored)
    enter_state("restoring");
  open_ = rules_.serving() && stands();
  pump();
  send(this, shadow_tick{});
  return {
    [this](const keep_message& x) { return on_keep_message(x); },
    [this](const settle_messages& x) { return on_settle_messages(x); },
    [this](const load_schedule& x) { return on_load_schedule(x); },
    [this](const load_messages& x) { return on_load_messages(x); },
    [this](const change_custody& x) { return pass_on<custody_changed>(x); },
    [this](const load_custody& x) { return pass_on<custody_loaded>(x); },
    [this](const load_notice_peers& x) { return pass_on<notice_peers_loaded>(x); },
    [this](const load_notices& x) { return pass_on<notices_loaded>(x); },
    [this](const describe_store& x) { return pass_on<store_view>(x); },
    [this](const set_shard_aside& x) { send<caf::message_priority::high>(options_.store->now(), x); },
    [this](const use_disk_breaker& x) { send<caf::message_priority::high>(options_.store->now(), x); },
    [this](const act_on_breaker& x) { return pass_on<store_view>(x); },
    [this](const drain& x) { send<caf::message_priority::high>(options_.store->now(), x); },
    // The STORE's own, which nobody sends to whoever plays it.
    [](const commit_waiting&) {},
    [](const recover_more&) {},
    [](const store_tick&) {},
    [this](const batch_kept& x) { return on_batch_kept(x); },
    [this](const store_opened&) {
      if (write_again_)
        write_some();
      tell_shard();
    },
    [this](const parcel_came& x) { return on_parcel(x); },
    [this](const cluster_changed& x) { on_cluster_changed(x); },
    [this](const describe_shadow&) { return on_describe(); },
    [this](const explain_copy& x) { return on_explain(x.id); },
    [this](const shadow_tick&) { on_tick(); },
  };
}

template <class Answer, class Question>
caf::result<Answer> shadow::pass_on(const Question& x) {
  auto promise = make_response_promise<Answer>();
  request<caf::message_priority::high>(options_.store->now(), caf::infinite, x)
    .then([promise](const Answer& answer) mutable { promise.deliver(answer); },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return caf::delegated<Answer>{};
}

void shadow::on_exit() {
  const auto gone = to_caf({errc::worker_lost, "the shadow is gone"});
  for (auto& [id, each] : kept_)
    each.deliver(gone);
  for (auto& [ticket, each] : settled_)
    each.deliver(gone);
  for (auto& each : batches_)
    each.deliver(gone);
  kept_.clear();
  settled_.clear();
  batches_.clear();
  in_.clear();
  out_.clear();
  happens_before(legacy_.get());
  base_actor::on_exit();
}

void shadow::on_cluster_changed(const cluster_changed& x) {
  auto& before = legacy_->news;
  if (x.news->number < before.number)
    return;
  const auto events = policy::events_between(before, *x.news);
  before = *x.news;
  rules_.set_peers(policy::peers_of(before));
  for (const auto& each : events)
    if (const auto* const lost = std::get_if<policy::peer_lost>(&each))
      rules_.peer_lost(lost->id, steady());
    else if (const auto* const back = std::get_if<policy::peer_returned>(&each))
      rules_.peer_returned(back->id);
    else if (const auto* const changed = std::get_if<policy::standing_changed>(&each))
      rules_.standing_changed(changed->gained, changed->life, steady());
  pump();
  look_at_gate();
}

void shadow::on_tick() {
  delayed_send(this, shadow_tick_interval, shadow_tick{});
  if (!legacy_->restored && !restoring_)
    restore();
  if (write_again_)
    write_some();
  rules_.tick(steady(), stands());
  pump();
  look_at_gate();
  withdraw_some();
  share();
  give_up_streams();
  if (steady() >= count_at_) {
    count_at_ = steady() + shadow_count_interval;
    count();
  }
}

/// Without standing, another node may be delivering what it holds a copy of.
bool shadow::may_lease(message_id id) const {
  return legacy_->restored && rules_.may_deliver(id) && (!rules_.needs_standing(id) || stands());
}

void shadow::look_at_gate() {
  const bool open = rules_.serving() && stands();
  if (open == open_)
    return;
  open_ = open;
  if (legacy_->restored)
    enter_state(open ? "serving" : "withholding");
  log().info("copies_gate", {{"actor", path()}, {"open", open}});
  if (open)
    return tell_shard();
  // It has its own in memory; what others hold comes back from there, and waits on disk.
  rules_.each([this](const policy::custody& x) {
    if (x.state == policy::custody_state::owned && x.holders[0] != 0)
      legacy_->withdrawing.try_emplace(x.id, true);
  });
  withdraw_some();
}

shadow_view shadow::on_describe() const {
  shadow_view view;
  view.counts = rules_.counts();
  rules_.each([&](const policy::custody& x) {
    ++(x.state == policy::custody_state::held ? view.held : view.owned);
  });
  view.moving = legacy_->moving.size();
  view.waiting = legacy_->keeping.size();
  view.restored = legacy_->restored;
  view.standing = open_;
  return view;
}

copy_place shadow::on_explain(message_id id) const {
  copy_place place;
  const auto* const known = rules_.find(id);
  if (known == nullptr)
    return place;
  place.owner = rules_.node_at(known->owner);
  for (const auto each : known->holders)
    if (each != 0)
      place.holders.push_back(rules_.node_at(each));
  switch (known->state) {
    case policy::custody_state::keeping: place.where = "keeping"; break;
    case policy::custody_state::moving: place.where = "moving"; break;
    case policy::custody_state::taking: place.where = "taking"; break;
    case policy::custody_state::held: place.where = "copy"; break;
    case policy::custody_state::owned:
      if (!may_lease(id))
        place.where = "no standing";
      break;
  }
  return place;
}

void shadow::count() {
  const auto& now = rules_.counts();
  auto& before = legacy_->counted;
  auto& to = metrics();
  const auto taken = now.taken_over - before.taken_over;
  if (taken > 0)
    log().warn("takeover", {{"actor", path()}, {"messages", taken}});
  to.cluster_takeovers_total().add(taken);
  to.cluster_short_total().add(now.short_of_copies - before.short_of_copies);
  to.cluster_moved_total("in").add(now.moved_in - before.moved_in);
  to.cluster_moved_total("out").add(now.moved_out - before.moved_out);
  std::uint64_t held = 0;
  rules_.each([&](const policy::custody& x) { held += x.state == policy::custody_state::held ? 1u : 0u; });
  // Slices share the gauge.
  to.cluster_copies().add(static_cast<double>(held) - static_cast<double>(before.held));
  before = now;
  before.held = held;
}

} // namespace troupe::actors
