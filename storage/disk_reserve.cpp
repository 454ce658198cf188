#include "storage/disk_reserve.hpp"

#include "storage/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

namespace troupe::storage {

disk_reserve::disk_reserve(std::string directory, std::uint64_t reserve_bytes,
                           std::uint64_t disk_free_min)
  : directory_(std::move(directory)), path_(directory_ + "/reserve"), reserve_bytes_(reserve_bytes),
    disk_free_min_(disk_free_min) {
  struct stat found{};
  held_ = ::stat(path_.c_str(), &found) == 0
          && static_cast<std::uint64_t>(found.st_size) >= reserve_bytes_;
}

std::uint64_t disk_reserve::free_bytes() const {
  struct statvfs found{};
  if (::statvfs(directory_.c_str(), &found) != 0)
    return 0;
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

bool disk_reserve::has_room(std::uint64_t promised_bytes, std::uint64_t reusable_bytes) const {
  return free_bytes() + reusable_bytes >= disk_free_min_ + promised_bytes;
}

void disk_reserve::restore() {
  if (held_ || reserve_bytes_ == 0 || free_bytes() < disk_free_min_ + 2 * reserve_bytes_)
    return;
  const file_handle file{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.open())
    return;
  held_ = ::posix_fallocate(file.get(), 0, static_cast<off_t>(reserve_bytes_)) == 0;
  if (!held_)
    ::unlink(path_.c_str());
}

bool disk_reserve::give_up() {
  held_ = false;
  return ::unlink(path_.c_str()) == 0;
}

} // namespace troupe::storage
