// Where a shard of the queue lies and the bounds it keeps.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <string>

namespace troupe::storage {

struct queue_store_options {
  /// data_dir/shard-N. Made (mode 0700) when it is not there. Whoever opens a store
  /// holds the data_dir_lock: SQLite's own locks are for the reader beside us.
  std::string directory;

  /// A body file that no row names is an orphan of an earlier run if its id was born
  /// before `floor` (see node_identity) and it was last written before `started`, the
  /// start of this process. The epoch in either: nothing is an orphan.
  wall_time floor{};
  wall_time started{};

  /// Above it a commit ends with a checkpoint.
  std::uint64_t wal_bytes_max = 64 * 1024 * 1024;
  /// Above it `checkpoint_if_due` makes one.
  std::uint64_t wal_bytes_due = 8 * 1024 * 1024;
  /// SQLite's page cache for this shard.
  std::uint64_t cache_bytes = 8 * 1024 * 1024;

  /// Below so much free space new mail is refused with storage_full ([limits] disk_free).
  std::uint64_t disk_free_min = 64 * 1024 * 1024;
  /// A file that only takes up space, at most so much and at most a 32nd of the disk.
  /// Given up when settling finds the disk full. Until it is made again new mail is
  /// taken only as far as these files need not grow for it.
  std::uint64_t reserve_bytes = 8 * 1024 * 1024;

  /// Name of a registered SQLite VFS; empty for the system's. Tests put a bad disk here.
  std::string vfs;
};

/// Refuses bounds that cannot work, with refused and the name of the field.
[[nodiscard]] status check(const queue_store_options& options);

} // namespace troupe::storage
