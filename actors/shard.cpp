#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

constexpr milliseconds shard_tick_interval{200};
constexpr std::size_t shard_mailbox_limit = 4096;
/// A destination that nobody wants any more is forgotten, but not one by one.
constexpr std::size_t idle_destinations_max = 1000;

} // namespace

shard::shard(caf::actor_config& config, const house& home, const shard_options& options,
             role_ptr<store_actor> store, role_ptr<switchboard_actor> switchboard)
  : base_actor(config, home,
               {"shard", "/queue/shard/" + std::to_string(options.number), shard_mailbox_limit}),
    options_(options), store_(std::move(store)),
    switchboard_(std::move(switchboard)), schedule_(options.scheduled_max),
    route_link_(home.log, home.metrics, "shard_route"), memory_link_(home.log, home.metrics, "shard_memory") {
  if (!options_.ledger)
    options_.ledger = std::make_shared<lease_ledger>();
  if (!options_.inbox)
    options_.inbox = make_role<shard_inbox>();
}

shard_actor::behavior_type shard::make_behavior() {
  set_down_handler([this](caf::down_msg& x) { on_down(x); });
  options_.inbox->cast(shard_inbox{this});
  options_.ledger->open(lessor_actor{this});
  inherit();
  send(this, shard_tick{});
  return {
    [this](const leases_returned&) { on_leases_returned(); },
    [this](const bring_back& x) { on_bring_back(x); },
    [this](const batch_kept& x) { return on_batch_kept(x); },
    [this](const store_opened&) { on_store_opened(); },
    [this](const operate& x) { return on_operate(x); },
    [this](const withdraw& x) { return on_withdraw(x); },
    [this](const explain_message& x) { return on_explain_message(x); },
    [this](const describe_shard&) { return on_describe_shard(); },
    [this](const use_rules& x) {
      options_.routing = x.routing;
      options_.settle = x.settle;
    },
    [this](const drain&) { on_drain(); },
    [this](const shard_tick&) { on_shard_tick(); },
  };
}

void shard::on_exit() {
  options_.inbox->vacate();
  options_.ledger->open({}); // what comes back from now on waits there for the next
  for (const auto& each : operations_)
    each->promise.deliver(to_caf({errc::worker_lost, "the shard is gone"}));
  operations_.clear();
  being_written_.clear();
  unwritten_.clear();
  destinations_.clear();
  active_.clear();
  base_actor::on_exit();
}

double shard::throw_dice() {
  return std::uniform_real_distribution<double>(0, 1)(dice_);
}

bool shard::has_room() const {
  return active_.size() + loading_.size() < options_.active_messages_max
         && active_bytes_ < options_.active_bytes_max;
}

void shard::on_shard_tick() {
  delayed_send(this, shard_tick_interval, shard_tick{});
  flush();
  if (draining_) {
    if (active_.empty() && unwritten_.empty() && !settling_)
      quit(caf::exit_reason::user_shutdown);
    return;
  }
  watch_links();
  load_page();
  load_due();
  const bool sweeps = steady() - swept_ >= sweep_interval;
  if (sweeps)
    swept_ = steady();
  for (auto it = destinations_.begin(); it != destinations_.end();) {
    auto& each = it->second;
    each.credit.tick(steady());
    give_back_memory(each);
    if (sweeps)
      sweep(each);
    lease_waiting(each);
    load_parked(each);
    const bool idle = each.waiting.empty() && each.leased.empty() && each.parked.empty()
                      && !each.next_parked && !each.asking;
    it = idle && destinations_.size() > idle_destinations_max ? destinations_.erase(it) : std::next(it);
  }
}

void shard::watch_links() {
  const auto now = steady();
  const bool at_credit = std::any_of(destinations_.begin(), destinations_.end(), [](const auto& each) {
    const auto& to = each.second;
    return !to.waiting.empty() && to.leased.size() >= to.credit.width(sessions_hold(to.hop));
  });
  route_link_.look(at_credit, now, path());
  const auto next = schedule_.next_due();
  memory_link_.look(!has_room() && next && *next <= wall(), now, path());
}

void shard::on_drain() {
  draining_ = true;
  for (auto& [key, each] : destinations_)
    for (const auto& one : each.waiting.take_all())
      leave_place(each, one.id);
}

} // namespace troupe::actors
