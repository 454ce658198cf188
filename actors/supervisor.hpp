// SUPERVISOR: keeps the actors of one group on stage.
//
//   Place      [SUPERVISOR] over its children, which may be supervisors themselves;
//              the root's parent is the main thread, by the roll call.
//   Spawned    the root by the node, the others by their parents. A supervisor spawns
//              its children in its constructor, in order: when the root is there, so is
//              the whole house.
//   Dies       when a child died too often (policy/supervision): its parent decides;
//              when the root does, the process ends with an exit code.
//   Restarted  by its parent, with new children, as soon as the old ones are gone.
//   Bound      its children, which are known from the start.
//   States     serving -> closing: whoever ends is not started again.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/policy/supervision.hpp"
#include "actors/roll_call.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// One place in a group.
struct child_spec {
  std::string path;
  std::string_view kind; ///< As on its card; a literal.
  policy::restart_kind restart = policy::restart_kind::always;
  /// Spawns the actor and casts its role. May throw: that is a crash.
  std::function<caf::strong_actor_ptr()> enter;
};

/// The house closes: nobody is started any more.
struct close_house {};
/// The wait before a restart is over.
struct restart_child {
  std::size_t which = 0;
};

using supervisor_actor = caf::typed_actor<caf::reacts_to<close_house>, caf::reacts_to<restart_child>>;

/// How long a restart waits for the dead one's last breath (its own children, a handler
/// that still runs) before it counts as one more crash.
inline constexpr seconds last_breath_max{10};

class supervisor final : public base_actor<supervisor_actor> {
public:
  /// What `enter` throws passes through: a house that can't be built is no house.
  supervisor(caf::actor_config& config, const house& home, std::string path,
             const policy::supervision_options& options, std::vector<child_spec> children,
             std::shared_ptr<roll_call> roll);

  const char* name() const override { return "supervisor"; }
  void on_exit() override;

protected:
  supervisor_actor::behavior_type make_behavior() override;

private:
  struct child {
    child_spec spec;
    policy::supervision restarts;
    caf::strong_actor_ptr actor; ///< Null: between death and restart, or gone for good.
    caf::actor_addr last;        ///< Who played it last.
    std::shared_ptr<const actor_card> card; ///< Of that one, until its death is noted.
    steady_time died_at{};
    bool is_due = false; ///< A restart is on its way.
  };

  void on_close_house();
  void on_restart_child(std::size_t which);
  void on_down(const caf::down_msg& x);
  void enter(child& who);
  void try_to_enter(child& who);
  void end_children();
  void died(child& who, policy::ending how, const std::string& why);
  void give_up(const std::string& why);

  const policy::supervision_options options_;
  const std::shared_ptr<roll_call> roll_;
  std::vector<child> children_;
  bool closing_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::close_house)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::restart_child)
