// How much of its queue a node hands to its peers, and to whom: when it drains, when it is
// loaded far beyond them, when one joins. SHADOW's machine then moves message by message
// (`shadow::move`), which says what happens when one of the two dies on the way.

#pragma once

#include "actors/policy/cluster/holders.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace troupe::policy {

struct sharing_options {
  double imbalance = 2.0;           ///< Above so many times the peers' mean, a queue is shared. Above 1.
  std::uint64_t queued_min = 1000;  ///< Shorter queues are not worth it.
  milliseconds wait_min = seconds{5}; ///< Nor are those in which nobody waits so long.
  std::size_t batch_max = 64;       ///< In one round, over all peers.
  unsigned hops_max = 2;            ///< A message moves no more often, but to leave a draining node.
};

/// Moving a message away from a draining node: the hop limit does not count, and there are
/// no circles, since nobody gives to a node that drains.
inline constexpr unsigned hops_draining = 255;

struct share_order {
  node_id to;
  std::size_t messages = 0;
};

/// What to hand over in this round, at most `batch_max` in all. Half of what is above the
/// mean, so that two nodes that look at each other at once do not swap their queues; to
/// each peer in proportion to what it is below the mean.
[[nodiscard]] std::vector<share_order> share_out(const sharing_options& options, const node_load& own,
                                                 std::span<const peer_status> peers);

} // namespace troupe::policy
