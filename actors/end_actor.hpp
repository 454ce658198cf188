// Ends one actor from outside, by its card, whatever waits in its mailbox.

#pragma once

#include "actors/actor_card.hpp"

namespace troupe::actors {

enum class actor_end : std::uint8_t {
  kill,    ///< As it crashed; its supervisor counts it.
  blame,   ///< The same, as the fault of the message that it has in hand.
  restart, ///< By an operator's wish; its supervisor starts it again and counts nothing.
};

/// Returns at once; an actor in the middle of a handler ends after it. False if it has
/// ended already. Any thread may call it.
bool end_actor(const actor_card& whose, actor_end how);

/// True from the moment when no handler of it will run any more.
[[nodiscard]] bool has_ended(const actor_card& whose);

} // namespace troupe::actors
