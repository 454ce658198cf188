// What MEMBER tells SHADOWs and GOVERNOR of the cluster: always the whole of it, so that
// news that got lost (their mailbox was full, they had just died) harm nobody. What
// happened since the last news that somebody took in is worked out from the two.

#pragma once

#include "actors/policy/cluster/holders.hpp"
#include "actors/policy/cluster/membership.hpp"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace troupe::policy {

struct peer_news {
  peer_status status;
  std::string name;
  node_life life; ///< Its latest.
};

struct cluster_news {
  std::uint64_t number = 0;      ///< Grows, also over MEMBER's restarts.
  node_life life{};              ///< Of this node.
  bool standing = false;
  steady_time standing_until = steady_time::min(); ///< However silent MEMBER may be: not behind it.
  bool mandated = false;         ///< A majority supports our view of `eligible`.
  std::vector<node_id> eligible; ///< Who shares the cluster's limits: this node included, ascending.
  bool draining = false;         ///< This node hands its mail to the others.
  bool leaving = false;          ///< And for good: the copies that it holds as well.
  std::vector<peer_news> peers;  ///< All but this node and those long gone.

  /// membership::standing at that moment, as far as is known.
  [[nodiscard]] bool stands(steady_time now) const noexcept { return standing && now < standing_until; }
};

using cluster_event = std::variant<peer_lost, peer_returned, standing_changed>;

/// What happened between two news, in an order that SHADOW's machine can be told, after
/// `peers_of` the later ones.
/// @param before of the default: nothing was told yet
[[nodiscard]] std::vector<cluster_event> events_between(const cluster_news& before, const cluster_news& now);

[[nodiscard]] std::vector<peer_status> peers_of(const cluster_news& news);

} // namespace troupe::policy
