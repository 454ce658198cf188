// Reads what the cluster has written beside the queue's own rows. Internal to this folder.

#pragma once

#include "storage/body_folder.hpp"
#include "storage/custody.hpp"
#include "storage/sqlite_database.hpp"

#include <vector>

namespace troupe::storage {

/// Its operations promise what those of queue_store with the same names do.
class custody_rows {
public:
  /// It outlives it.
  explicit custody_rows(const body_folder& bodies) : bodies_(bodies) {}

  /// Once, before anything else.
  [[nodiscard]] status prepare(const sqlite_database& db);

  [[nodiscard]] result<std::vector<custody_found>> load_custody(message_id after, std::size_t limit);
  [[nodiscard]] result<std::vector<notice_peer>> load_notice_peers();
  [[nodiscard]] result<std::vector<notice_found>> load_notices(std::uint64_t peer, std::uint64_t after,
                                                               std::size_t limit);

private:
  const body_folder& bodies_;
  sqlite_statement custody_, next_peer_, last_notice_, notices_;
};

} // namespace troupe::storage
