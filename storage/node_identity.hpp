// Who this node is, over restarts: its number, drawn once, and how far its message
// ids may have gone, so that none is given twice even if the clock jumps back.
// Both are in data_dir/node.id, a text file of three lines.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <string>

namespace troupe::storage {

/// `extend` reserves so much ahead of the time that ids have reached, and does so
/// anew when half of it is used up.
inline constexpr seconds id_reserve{60};

/// Owned by one thread, under the data_dir_lock.
class node_identity {
public:
  /// Makes the file when there is none. Returns after the first reservation is on
  /// disk. Fails with storage_foreign (not our file), storage_failed, storage_full.
  [[nodiscard]] static result<node_identity> open(const std::string& data_dir, wall_time now,
                                                  steady_time ticks);

  /// Below node_numbers_max.
  [[nodiscard]] unsigned number() const noexcept { return number_; }
  /// No id of an earlier run was born at it or later: where id_source starts.
  [[nodiscard]] wall_time floor() const noexcept { return floor_; }

  /// To be called at least every id_reserve / 4. Usually costs nothing. `ticks` is
  /// there because ids go on with it when the wall clock has jumped back.
  [[nodiscard]] status extend(wall_time now, steady_time ticks);

private:
  node_identity(std::string path, unsigned number, wall_time floor, steady_time ticks);

  std::string path_;
  unsigned number_;
  wall_time floor_;
  wall_time reached_;  ///< No id can be later than this now.
  wall_time reserved_; ///< What is on disk.
  steady_time ticks_;
};

} // namespace troupe::storage
