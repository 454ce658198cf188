// WATCHDOG: sees who has work and does not get on.
//
//   Place      the directory -> [WATCHDOG] -> whoever is stuck
//   Spawned    by the supervisor /watch.
//   Dies       on shutdown only.
//   Restarted  by its supervisor.
//   Bound      policy::watch_options::actors_max actors with work at once.
//   States     serving. Once a second it looks at everybody. Who makes no progress
//              within its deadline is reported ("actor_stuck") and ended, so that its
//              supervisor starts it anew. Who does not even end within another one has
//              a handler that never returns: the house falls, with an exit code, since
//              a thread can't be taken back. Only those who wait for a disk are spared
//              that: a new process would find the same disk.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/policy/watch_rule.hpp"
#include "actors/roll_call.hpp"

#include <caf/typed_actor.hpp>

#include <memory>

namespace troupe::actors {

/// How long a mailbox may stay unread, or a handler run; for one that waits for a disk.
inline constexpr seconds stuck_after{30};
inline constexpr seconds disk_stuck_after{300};
/// How long work may be in hand without a step: above every deadline of a session (RFC
/// 5321 §4.5.3.2.6 gives a peer ten minutes).
inline constexpr seconds work_stuck_after{900};

struct watchdog_tick {};

using watchdog_actor = caf::typed_actor<caf::reacts_to<watchdog_tick>>;

class watchdog final : public base_actor<watchdog_actor> {
public:
  watchdog(caf::actor_config& config, const house& home, std::shared_ptr<roll_call> roll,
           const policy::watch_options& options = {});

  const char* name() const override { return "watchdog"; }

protected:
  watchdog_actor::behavior_type make_behavior() override;

private:
  void on_tick();
  void end(const actor_view& who);

  const std::shared_ptr<roll_call> roll_;
  policy::watch_rule rule_;
  std::uint64_t unwatched_told_ = 0;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::watchdog_tick)
