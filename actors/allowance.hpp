// How many sessions a ROUTE may have at once, where the limit of its next hop is one of
// the whole cluster: between it and the GOVERNOR of this node.

#pragma once

#include "actors/policy/cluster/hop_words.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

namespace troupe::actors {

/// From the GOVERNOR. Sessions above the number have to end: those without work at once,
/// the others within `allowance_grace`.
struct use_allowance {
  unsigned sessions = 0;
  policy::breaker_state breaker = policy::breaker_state::closed; ///< The one of the whole cluster.
  bool trial = false; ///< One session may go though the breaker is not closed. Said once.
};

/// Between the end of what a node is lent and the moment when its lender counts it as free
/// lies a tenth of the lease and more.
inline constexpr milliseconds allowance_grace{500};

using lessee_actor = caf::typed_actor<caf::reacts_to<use_allowance>>;

/// To the GOVERNOR, once a second and whenever more are wanted. Each stands for the ones
/// before; what it does not hear of for a while it gives back.
struct ask_allowance {
  std::string hop; ///< The ROUTE's name: the same on all nodes for one next hop.
  unsigned sessions_max = 0;
  policy::breaker_options breaker;
  unsigned wanted = 0;
  std::uint32_t successes = 0; ///< Of the host, since it asked last.
  std::uint32_t failures = 0;
  lessee_actor from;
};

using allowance_giver = caf::typed_actor<caf::reacts_to<ask_allowance>>;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_allowance)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ask_allowance)
