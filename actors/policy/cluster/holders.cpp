#include "actors/policy/cluster/holders.hpp"

#include <algorithm>
#include <tuple>

namespace troupe::policy {

namespace {

std::uint64_t weight(message_id id, node_id node) {
  return mix(static_cast<std::uint64_t>(id.value), node.value);
}

} // namespace

std::vector<node_id> choose_holders(message_id id, std::uint64_t bytes, std::span<const peer_status> peers) {
  std::uint64_t roomiest = 0;
  for (const auto& each : peers)
    roomiest = std::max(roomiest, each.load.room_bytes);
  std::vector<std::tuple<bool, std::uint64_t, node_id>> order; // narrow ones last, then by weight
  for (const auto& each : peers) {
    if (each.reachable && !each.lost && !each.load.draining && each.load.room_bytes >= bytes)
      order.emplace_back(each.load.room_bytes < roomiest / 10, ~weight(id, each.id), each.id);
  }
  std::sort(order.begin(), order.end());
  std::vector<node_id> chosen;
  chosen.reserve(order.size());
  for (const auto& each : order)
    chosen.push_back(std::get<node_id>(each));
  return chosen;
}

std::size_t takeover_rank(message_id id, node_id node, std::span<const node_id> candidates) {
  const auto better = [&](node_id other) {
    return std::pair{weight(id, other), other} > std::pair{weight(id, node), node};
  };
  return static_cast<std::size_t>(std::count_if(candidates.begin(), candidates.end(), better));
}

} // namespace troupe::policy
