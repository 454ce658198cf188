// Whether this node may be given work, and why not.

#pragma once

#include <string>
#include <vector>

namespace troupe::app {

/// What one shard's STORE says of itself.
struct shard_health {
  unsigned number = 0;
  bool answers = false;
  bool broken = false;
  bool has_room = false;
  bool at_limit = false; ///< Without room because its share of limits.queue_bytes is full.
};

struct readiness {
  bool ready = true;
  std::vector<std::string> reasons;  ///< Why it is not ready.
  std::vector<std::string> degraded; ///< What is wrong though it is ready.
};

/// A node is ready while it does not drain and one shard at least takes mail; what
/// is wrong with others is named.
/// @param set_aside reasons of shards that could not be opened at the start
[[nodiscard]] readiness judge(bool draining, const std::vector<std::string>& set_aside,
                              const std::vector<shard_health>& shards);

} // namespace troupe::app
