// Space that is set aside while there is plenty, so that when the disk is full what
// is queued can still be settled. Internal to this folder.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>

namespace troupe::storage {

class disk_reserve {
public:
  disk_reserve(std::string directory, std::uint64_t reserve_bytes, std::uint64_t disk_free_min);

  /// True while there is disk_free_min to spare, on the disk or in what files of ours
  /// can use again, beside what these files will still grow by.
  [[nodiscard]] bool has_room(std::uint64_t promised_bytes, std::uint64_t reusable_bytes) const;

  /// Makes the file if it is not there and leaves as much again for mail beside
  /// disk_free_min: on a small disk the margin alone must do. That it could not be
  /// made is no failure; it is tried again.
  void restore();

  /// Gives the space back to whoever needs it now. False: there was none.
  bool give_up();

private:
  [[nodiscard]] std::uint64_t free_bytes() const;

  std::string directory_;
  std::string path_;
  std::uint64_t reserve_bytes_;
  std::uint64_t disk_free_min_;
  bool held_ = false;
};

} // namespace troupe::storage
