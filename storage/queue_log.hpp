// The write-ahead log of a shard's database: how long it is, and when what is in it
// moves to the database. Internal to this folder.

#pragma once

#include "net/core/result.hpp"
#include "storage/queue_store_options.hpp"
#include "storage/sqlite_database.hpp"

#include <cstdint>

namespace troupe::storage {

class queue_log {
public:
  /// `db` outlives it. SQLite tells it of each commit from now on.
  queue_log(const sqlite_database& db, const queue_store_options& options);
  queue_log(const queue_log&) = delete;
  queue_log& operator=(const queue_log&) = delete;

  /// What a checkpoint would have to look at; zero when the next commit begins it anew.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// How long the file is: it never shrinks below wal_bytes_max.
  [[nodiscard]] std::uint64_t file_bytes() const;

  /// Moves all of it that no reader still needs.
  [[nodiscard]] status checkpoint();
  /// The same, but want of room is no fault of the file: the next one tries again.
  [[nodiscard]] status checkpoint_or_later();
  /// After a commit: keeps the log near wal_bytes_max.
  void checkpoint_if_forced();

private:
  const sqlite_database& db_;
  const std::string path_;
  const std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::uint64_t forced_at_ = 0; ///< Not before the log has grown to it, see checkpoint_if_forced.
};

} // namespace troupe::storage
