// The space of a shard's files on their disk: whether new mail finds room, and the
// reserve that settling lives off when nothing else is left. Internal to this folder.

#pragma once

#include "storage/disk_reserve.hpp"
#include "storage/disk_room.hpp"
#include "storage/queue_log.hpp"

#include <span>

namespace troupe::storage {

struct arrival;

class queue_space {
public:
  /// All of them outlive it.
  queue_space(const sqlite_database& db, queue_log& log, const queue_store_options& options);

  /// To be called before each commit: makes the reserve again if it can.
  void restore() { reserve_.restore(); }

  /// Sees to it that these can be written. Fails with storage_full.
  [[nodiscard]] status make_room(std::span<const arrival> arrivals);

  /// False when a letter would be refused now.
  [[nodiscard]] bool has_room() const;

  /// So many bytes of new mail would be taken now.
  [[nodiscard]] std::uint64_t room_bytes() const;

  /// So little is left that a log should be emptied at once.
  [[nodiscard]] bool is_tight() const;

  /// Settling finds no room: it gets what there is.
  void give_up_reserve();

  [[nodiscard]] error full() const;

private:
  [[nodiscard]] bool has_plenty(std::uint64_t need) const;
  [[nodiscard]] disk_room measure() const;
  [[nodiscard]] std::uint64_t database_bytes() const;

  const sqlite_database& db_;
  queue_log& log_;
  const queue_store_options& options_;
  disk_reserve reserve_;
};

} // namespace troupe::storage
