#include "actors/watchdog.hpp"

#include "actors/end_actor.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <caf/exit_reason.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace troupe::actors {

namespace {

constexpr std::size_t watchdog_mailbox_limit = 16;
constexpr seconds watchdog_tick_interval{1};

bool waits_for_disk(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kinds{"store", "spool", "inspector", "postman"};
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

} // namespace

watchdog::watchdog(caf::actor_config& config, const house& home, std::shared_ptr<roll_call> roll,
                   const policy::watch_options& options)
  : base_actor(config, home, {"watchdog", "/watch/watchdog", watchdog_mailbox_limit}), roll_(std::move(roll)),
    rule_(options) {}

watchdog_actor::behavior_type watchdog::make_behavior() {
  delayed_send(this, watchdog_tick_interval, watchdog_tick{});
  return {[this](const watchdog_tick&) { on_tick(); }};
}

void watchdog::on_tick() {
  delayed_send(this, watchdog_tick_interval, watchdog_tick{});
  for (const auto& each : home().actors.everyone()) {
    if (each.path == path())
      continue;
    const bool disk = waits_for_disk(each.kind);
    const bool waited_for = each.mailbox_depth > 0 || each.busy_for.count() > 0;
    const auto deadline = disk ? disk_stuck_after : waited_for ? stuck_after : work_stuck_after;
    switch (rule_.see({each.id, waited_for || each.in_hand > 0, each.steps, deadline}, steady())) {
      case policy::watch_verdict::fine: break;
      case policy::watch_verdict::stuck: end(each); break;
      case policy::watch_verdict::abandon:
        if (!disk)
          roll_->fell(each.path + ": stuck, and does not end");
        break;
    }
  }
  rule_.end_round();
  metrics().actors_stuck().set(static_cast<double>(rule_.stuck()));
  metrics().actors_unwatched_total().add(rule_.unwatched() - std::exchange(unwatched_told_, rule_.unwatched()));
}

void watchdog::end(const actor_view& who) {
  log().error("actor_stuck", {{"actor", who.path},
                              {"state", who.state},
                              {"mailbox", who.mailbox_depth},
                              {"in_hand", who.in_hand},
                              {"busy_seconds", std::chrono::duration<double>(who.busy_for).count()}});
  const auto card = home().actors.find(who.path);
  if (!card || card->id != who.id)
    return;
  if (const auto actor = card->who.lock())
    // A crash, not an act of an operator: what it has in hand may be at fault.
    end_actor(caf::actor_cast<caf::actor>(actor), caf::make_error(caf::sec::runtime_error, "stuck"));
}

} // namespace troupe::actors
