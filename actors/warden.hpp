// WARDEN: watches the actors that the house cannot do without, for the main thread.
//
//   Place      [WARDEN] -> main
//   Spawned    by the node, first.
//   Dies       on shutdown only, last.
//   Restarted  never.
//   Bound      one entry for each actor watched.
//   States     watching.

#pragma once

#include "actors/base_actor.hpp"

#include <caf/actor.hpp>
#include <caf/typed_actor.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace troupe::actors {

/// Who of the watched is still there. The WARDEN writes, the main thread reads and
/// waits: a thread that CAF does not run can't be sent a message.
class roll_call {
public:
  void came(const std::string& name);
  void went(const std::string& name, const std::string& unexpected);

  /// Waits until none of the names with this prefix is left; false at the deadline.
  [[nodiscard]] bool wait_gone(const std::string& prefix, steady_time deadline);

  /// "name: reason" of the first death that was not a shutdown; or empty.
  [[nodiscard]] std::string first_unexpected() const;

private:
  mutable std::mutex guard_;
  std::condition_variable changed_;
  std::multiset<std::string> present_;
  std::string unexpected_;
};

/// Watch this one from now on.
struct watch {
  caf::strong_actor_ptr who;
  std::string name; ///< Its path.
};

using warden_actor = caf::typed_actor<caf::reacts_to<watch>>;

class warden final : public base_actor<warden_actor> {
public:
  warden(caf::actor_config& config, const house& home, std::shared_ptr<roll_call> roll);

  const char* name() const override { return "warden"; }

protected:
  warden_actor::behavior_type make_behavior() override;

private:
  void on_down(const caf::down_msg& x);

  const std::shared_ptr<roll_call> roll_;
  std::map<caf::actor_addr, std::string> watched_;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::watch)
