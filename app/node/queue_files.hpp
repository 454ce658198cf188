// Opens the shards of a data_dir, all at once: recovery of one does not wait for
// another, and one that is broken is set aside while the others serve.

#pragma once

#include "app/config/config.hpp"
#include "storage/queue_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::app {

struct opened_shard {
  unsigned number = 0;
  std::unique_ptr<storage::queue_store> store; ///< Null: set aside, `why` says it.
  error why{errc::storage_failed, {}};
};

/// `node.shards` shards, or one for each core; and those beyond that have a folder
/// from before, since there may be mail in them.
[[nodiscard]] std::vector<opened_shard> open_shards(const config& from, wall_time id_floor,
                                                    wall_time started);

} // namespace troupe::app
