// HUB: this node's links to the other nodes of its cluster. Others give it parcels, it
// delivers parcels.
//
//   Place      {MEMBER, SHADOW, GOVERNOR, ADMIN} <-> [HUB] <-> LINK <-> the others' HUBs
//   Spawned    by the cluster's SUPERVISOR, one for a node, as [cluster] is set.
//   Dies       of bugs only.
//   Restarted  by the SUPERVISOR. Its links die with it; the next one dials anew, and
//              MEMBER hears of each link that it makes.
//   Bound      one link for each peer, members_max peers; a line of bytes for each
//              channel of a peer (see hub_options), in flight a window of each.
//   States     serving.

#pragma once

#include "actors/cluster/parcel.hpp"
#include "actors/policy/cluster/node.hpp"
#include "net/core/time.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::actors {

/// Somebody to dial.
struct peer_place {
  policy::node_id id;  ///< 0: unknown yet, as of a configured peer that was never linked.
  std::string name;    ///< node.name, if known; else empty.
  std::string address; ///< "host:port": names are resolved anew for each dial.
};

/// To the HUB: whom to dial, and who may link; replaces what was said before. Links to
/// nodes that are no longer among them stay, but are not made again.
struct use_peers {
  std::vector<peer_place> places;
  std::vector<std::string> names; ///< That members are known by, besides those of cluster.names.
};

/// To the HUB: what this node says of itself in hellos, from now on. Links stay.
struct use_self {
  policy::member_row self;
};

/// To the HUB: end the link to this node, and log why. It is dialled again after a while.
struct close_link {
  policy::node_id whose;
  std::string why; ///< One line.
};

/// From the HUB to MEMBER. A later link to the same node comes without peer_unlinked
/// between them only if the node has begun a later life.
struct peer_linked {
  policy::member_row row; ///< As its hello said; the name is proven.
  std::uint16_t slices = 0;
  std::string address;    ///< Of the wire's other end.
};
struct peer_unlinked {
  policy::node_id id;
};
using link_watcher = caf::typed_actor<caf::reacts_to<peer_linked>, caf::reacts_to<peer_unlinked>>;

struct describe_hub {};

/// One peer, for people.
struct peer_view {
  policy::node_id id;  ///< 0: never linked.
  std::string name;
  std::string address;
  std::string state;   ///< "linked", "dialling", "waiting".
  std::string why;     ///< Of the last end of a link, or failure to make one; or empty.
  milliseconds since{0}; ///< It is in this state.
  std::uint64_t bytes_in = 0; ///< Of parcels, on this link.
  std::uint64_t bytes_out = 0;
  std::size_t queued_bytes = 0;
  std::uint64_t dropped = 0; ///< Parcels, since the HUB's start.
  std::chrono::microseconds round_trip{0}; ///< Of the last pulse; 0: none yet.
};
struct hub_view {
  std::vector<peer_view> peers;
  std::uint64_t refused = 0; ///< Connections and hellos, since the HUB's start.
};

using hub_actor = caf::typed_actor<
  caf::reacts_to<send_parcel>, caf::reacts_to<use_peers>, caf::reacts_to<use_self>,
  caf::reacts_to<close_link>, caf::replies_to<describe_hub>::with<hub_view>>;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_peers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_self)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::close_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::peer_linked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::peer_unlinked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_hub)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::hub_view)
