// The writers of the queue, one for each shard, as the pool "storage".

#pragma once

#include "actors/pool.hpp"
#include "app/admin/parts.hpp"

namespace troupe::app {

/// Of those that answered; the others are no worker, and the pool is not well.
[[nodiscard]] actors::pool_view storage_pool(node& house, const std::vector<shard_look>& shards);

} // namespace troupe::app
