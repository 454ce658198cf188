// Whether what is written now finds room, and still leaves room to settle what is
// queued. Pure arithmetic over what was measured. Internal to this folder.
//
// Mail goes through two files, the log and the database, and neither shrinks: what is
// empty in them is used before the disk is. Settling lives off what they hold already,
// or off the reserve, so new mail may only make them grow while the reserve is there.

#pragma once

#include <algorithm>
#include <cstdint>

namespace troupe::storage {

/// All in bytes.
struct disk_room {
  std::uint64_t free = 0;     ///< On the disk.
  std::uint64_t empty = 0;    ///< In the database: free pages, and what the file has beyond its last page.
  std::uint64_t log = 0;      ///< Length of the log.
  std::uint64_t log_used = 0; ///< Of it what is not in the database yet.
  std::uint64_t reserve = 0;  ///< Size of this shard's reserve.
  bool reserve_held = true;
  std::uint64_t margin = 0;   ///< [limits] disk_free.

  [[nodiscard]] std::uint64_t log_growth(std::uint64_t need) const {
    return need - std::min(need, log - std::min(log, log_used));
  }
  [[nodiscard]] std::uint64_t database_growth(std::uint64_t need) const {
    return need - std::min(need, empty);
  }
};

/// A reserve that another shard gives up, or three of them, must not look like room
/// for mail: so much is left alone in any case.
inline constexpr std::uint64_t reserves_untouched = 4;

/// New mail of `need` bytes, which is written twice: to the log, then to the database.
[[nodiscard]] inline bool fits(const disk_room& disk, std::uint64_t need) {
  if (disk.free + disk.empty + disk.log < disk.margin + 2 * (disk.log_used + need))
    return false;
  const auto growth = disk.log_growth(need) + disk.database_growth(need);
  return growth == 0
         || (disk.reserve_held
             && disk.free >= disk.log_used + growth + reserves_untouched * disk.reserve);
}

/// The most that fits, in whole pages of the file system.
[[nodiscard]] inline std::uint64_t room_of(const disk_room& disk) {
  constexpr std::uint64_t page = 4096;
  std::uint64_t fitting = 0;
  std::uint64_t beyond = (disk.free + disk.empty + disk.log) / page + 1;
  while (beyond - fitting > 1) {
    const auto middle = fitting + (beyond - fitting) / 2;
    (fits(disk, middle * page) ? fitting : beyond) = middle;
  }
  return fitting * page;
}

} // namespace troupe::storage
