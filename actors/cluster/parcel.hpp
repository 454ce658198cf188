// Parcels: what the actors of one node send to those of another, by way of their HUBs.
// A HUB carries bytes and knows nothing of their meaning.
//
// A parcel may be lost (no link, a full line, a link that breaks) and never comes twice.
// On one link those of one channel come in the order in which they were sent, and nothing
// that was sent before a restart of either end arrives after it.

#pragma once

#include "actors/policy/cluster/node.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::actors {

/// Each channel has a line and a window of its own: copies that wait hold no heartbeat up.
enum class channel : std::uint8_t {
  membership, ///< MEMBER's heartbeats.
  copies,     ///< SHADOW's words and the messages themselves; by slice.
  limits,     ///< GOVERNOR's.
  questions,  ///< An operator's, and what is answered.
};
inline constexpr std::size_t channels = 4;

[[nodiscard]] std::string_view to_string(channel which) noexcept;

inline constexpr std::size_t parcel_bytes_max = 1024 * 1024;

/// To the HUB. Dropped, and counted in cluster_parcels_dropped_total{channel}: without a
/// link, above the bound of its line, or above parcel_bytes_max.
struct send_parcel {
  policy::node_id to;
  channel on = channel::membership;
  std::uint16_t slice = 0; ///< Of `copies`; elsewhere 0.
  std::string bytes;
};

/// Whoever only sends knows the HUB by this face.
using parcel_sender = caf::typed_actor<caf::reacts_to<send_parcel>>;

/// From the HUB.
struct parcel_came {
  policy::node_id from; ///< Proven by its certificate.
  channel on = channel::membership;
  std::uint16_t slice = 0;
  std::string bytes;
};

/// The receiver has no more use for the parcel: its bytes may come again. Who answers
/// later (by a promise) slows the sender of this channel down; any error says the same.
struct parcel_taken {};

/// Parcels that its mailbox refuses are lost, and counted.
using parcel_receiver = caf::typed_actor<caf::replies_to<parcel_came>::with<parcel_taken>>;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::send_parcel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::parcel_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::parcel_taken)
