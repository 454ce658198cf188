// Which nodes hold the copies of a message, and which of them takes it over: rules that
// all nodes compute alike from what they know.

#pragma once

#include "actors/policy/cluster/node.hpp"
#include "net/core/message_id.hpp"

#include <span>
#include <vector>

namespace troupe::policy {

/// A peer as the rules of copies see it.
struct peer_status {
  node_id id;
  bool reachable = true; ///< Alive or suspect.
  bool lost = false;     ///< By majority, or it left.
  node_load load{};
};

/// Peers that may take a copy of `bytes`, the best first: reachable, not draining, with
/// room. By rendezvous, so that each message's choice stays as it is when another node
/// comes or goes, and each node gets its part; one with under a tenth of the room of the
/// roomiest comes after all others.
[[nodiscard]] std::vector<node_id> choose_holders(message_id id, std::uint64_t bytes,
                                                  std::span<const peer_status> peers);

/// The place of `node` in the order in which holders take over this message, counted
/// among `candidates`; zero is the first.
[[nodiscard]] std::size_t takeover_rank(message_id id, node_id node, std::span<const node_id> candidates);

} // namespace troupe::policy
