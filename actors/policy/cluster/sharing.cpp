#include "actors/policy/cluster/sharing.hpp"

#include <algorithm>

namespace troupe::policy {

std::vector<share_order> share_out(const sharing_options& options, const node_load& own,
                                   std::span<const peer_status> peers) {
  std::vector<peer_status> takers;
  std::uint64_t all = own.queued;
  for (const auto& each : peers) {
    if (!each.reachable || each.lost || each.load.draining || each.load.room_bytes == 0)
      continue;
    takers.push_back(each);
    all += each.load.queued;
  }
  if (takers.empty() || own.queued == 0)
    return {};
  // Who drains keeps nothing; the others aim at the mean.
  const auto mean = own.draining ? all / takers.size() : all / (takers.size() + 1);
  std::uint64_t surplus = own.queued;
  if (!own.draining) {
    const auto of_peers = static_cast<double>(all - own.queued) / static_cast<double>(takers.size());
    if (own.queued < options.queued_min || own.wait < options.wait_min
        || static_cast<double>(own.queued) <= options.imbalance * of_peers)
      return {};
    surplus = (own.queued - mean) / 2;
  }
  surplus = std::min<std::uint64_t>(surplus, options.batch_max);
  std::uint64_t missing = 0;
  for (const auto& each : takers)
    missing += mean > each.load.queued ? mean - each.load.queued : 0;
  std::vector<share_order> orders;
  std::uint64_t given = 0;
  std::uint64_t seen = 0;
  for (const auto& each : takers) {
    // By what was seen so far, so that what is rounded off goes to the next one.
    seen += missing == 0 ? 1 : mean > each.load.queued ? mean - each.load.queued : 0;
    const auto until_here = surplus * seen / (missing == 0 ? takers.size() : missing);
    if (until_here > given)
      orders.push_back({each.id, static_cast<std::size_t>(until_here - given)});
    given = std::max(given, until_here);
  }
  return orders;
}

} // namespace troupe::policy
