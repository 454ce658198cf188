// Space that is set aside while there is plenty, so that when the disk is full what
// is queued can still be settled. Internal to this folder.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>

namespace troupe::storage {

class disk_reserve {
public:
  /// The reserve has `bytes_max`, on a small disk less: a 32nd of it.
  disk_reserve(const std::string& directory, std::uint64_t bytes_max);

  /// Makes the file if it is not there and leaves as much again. That it could not be
  /// made is no failure; it is tried again.
  void restore();

  /// Gives the space back to whoever settles now. False: there was none.
  bool give_up();
  /// The same if the disk is that full. False: it is not, or there was none.
  bool give_up_if_full();

  /// True while the file is there, or where none is wanted.
  [[nodiscard]] bool held() const noexcept { return held_ || bytes_ == 0; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// What is free on the disk for us, now.
  [[nodiscard]] std::uint64_t free_bytes() const;

private:
  std::string directory_;
  std::string path_;
  std::uint64_t bytes_;
  bool held_ = false;
};

} // namespace troupe::storage
