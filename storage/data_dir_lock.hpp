// Says that this process, and no other, works in a data_dir. Gone with the process,
// however it ends.

#pragma once

#include "net/core/result.hpp"

#include <string>

namespace troupe::storage {

class data_dir_lock {
public:
  /// Makes data_dir (mode 0700) when it is not there. Fails with refused (and the
  /// process id of the holder) or storage_failed.
  [[nodiscard]] static result<data_dir_lock> acquire(const std::string& data_dir);

  data_dir_lock(data_dir_lock&& other) noexcept;
  data_dir_lock& operator=(data_dir_lock&& other) noexcept;
  ~data_dir_lock();

private:
  explicit data_dir_lock(int fd) noexcept : fd_(fd) {}

  int fd_ = -1;
};

} // namespace troupe::storage
