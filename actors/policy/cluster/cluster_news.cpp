#include "actors/policy/cluster/cluster_news.hpp"

#include <algorithm>

namespace troupe::policy {

std::vector<cluster_event> events_between(const cluster_news& before, const cluster_news& now) {
  std::vector<cluster_event> events;
  // What may have happened to us comes first: standing that came again with another life
  // was lost between.
  if (before.standing && (!now.standing || now.life != before.life))
    events.emplace_back(standing_changed{false, now.life});
  for (const auto& each : now.peers) {
    const auto earlier = std::find_if(before.peers.begin(), before.peers.end(), [&](const auto& x) {
      return x.status.id == each.status.id;
    });
    const bool was_lost = earlier != before.peers.end() && earlier->status.lost;
    const bool same_life = earlier != before.peers.end() && earlier->life == each.life;
    if (was_lost && !(each.status.lost && same_life))
      events.emplace_back(peer_returned{each.status.id});
    if (each.status.lost && !(was_lost && same_life))
      events.emplace_back(peer_lost{each.status.id, each.life});
  }
  if (now.standing && (!before.standing || now.life != before.life))
    events.emplace_back(standing_changed{true, now.life});
  return events;
}

std::vector<peer_status> peers_of(const cluster_news& news) {
  std::vector<peer_status> all;
  for (const auto& each : news.peers)
    all.push_back(each.status);
  return all;
}

} // namespace troupe::policy
