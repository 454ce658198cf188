// Where the large bodies of one shard lie: 16 folders, so that none grows huge (more
// would cost the first start a second), and in them a file for each message, named
// after its id.

#pragma once

#include "net/core/message_id.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <string>
#include <vector>

namespace troupe::storage {

inline constexpr unsigned body_folders = 16;

/// Immutable; may be used from every thread.
class body_folder {
public:
  /// Does not touch the disk. `shard_directory` is queue_store_options::directory.
  explicit body_folder(std::string shard_directory);

  /// Makes what is missing, synced. Fails with storage_failed or storage_full.
  [[nodiscard]] status make() const;

  /// The file of a message, whether it is there or not.
  [[nodiscard]] std::string path_of(message_id id) const;
  [[nodiscard]] std::string folder_of(message_id id) const;

  /// The ids that have a file in the folder `number` < body_folders.
  [[nodiscard]] result<std::vector<message_id>> list(unsigned number) const;

  [[nodiscard]] bool holds(message_id id) const;
  /// When the file was last written; the maximum when there is none.
  [[nodiscard]] wall_time written_at(message_id id) const;

  /// A file that is gone already is as good.
  [[nodiscard]] status remove(message_id id) const;

private:
  std::string directory_;
};

} // namespace troupe::storage
