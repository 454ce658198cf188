// Ends one actor from outside, whatever waits in its mailbox.

#pragma once

#include "actors/actor_card.hpp"

#include <caf/actor.hpp>
#include <caf/error.hpp>

namespace troupe::actors {

enum class actor_end : std::uint8_t {
  kill,    ///< As it crashed; its supervisor counts it.
  blame,   ///< The same, as the fault of the message that it has in hand.
  restart, ///< By an operator's wish; its supervisor starts it again and counts nothing.
};

/// Returns at once; an actor in the middle of a handler ends after it. False if it has
/// ended already. Any thread may call it.
bool end_actor(const actor_card& whose, actor_end how);

/// The same with a reason of the caller's, for those who have its handle.
void end_actor(const caf::actor& who, caf::error why);

/// It was ended from outside, for nothing that it had in hand: by an operator, or because
/// its owner needed it no more.
[[nodiscard]] bool is_ended_by_hand(const caf::error& reason);

/// True from the moment when no handler of it will run any more.
[[nodiscard]] bool has_ended(const actor_card& whose);

} // namespace troupe::actors
