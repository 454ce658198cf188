// What GOVERNOR must know of the cluster before it lends: between it and MEMBER.

#pragma once

#include "actors/policy/cluster/node.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <vector>

namespace troupe::actors {

struct ask_mandate {};

/// As it is at this moment, by membership's rules.
struct mandate {
  bool held = false;      ///< membership::mandated.
  steady_time since{};    ///< It has been held without a gap; if it is held.
  std::vector<policy::node_id> eligible; ///< membership::eligible.
  std::size_t members = 0; ///< membership::size.
};

using mandate_giver = caf::typed_actor<caf::replies_to<ask_mandate>::with<mandate>>;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ask_mandate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::mandate)
