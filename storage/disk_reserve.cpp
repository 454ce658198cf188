#include "storage/disk_reserve.hpp"

#include "storage/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

namespace troupe::storage {

namespace {

constexpr std::uint64_t part_of_disk = 32;
/// The pages that settling one message writes, with its notice, several times over.
constexpr std::uint64_t bytes_min = 256 * 1024;

std::uint64_t size_for(const std::string& directory, std::uint64_t bytes_max) {
  struct statvfs found{};
  if (::statvfs(directory.c_str(), &found) != 0)
    return bytes_max;
  const auto disk = static_cast<std::uint64_t>(found.f_blocks) * found.f_frsize;
  return std::min(bytes_max, std::max(bytes_min, disk / part_of_disk));
}

} // namespace

disk_reserve::disk_reserve(const std::string& directory, std::uint64_t bytes_max)
  : directory_(directory), path_(directory + "/reserve"), bytes_(size_for(directory, bytes_max)) {
  struct stat found{};
  held_ = ::stat(path_.c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_size) >= bytes_;
}

std::uint64_t disk_reserve::free_bytes() const {
  struct statvfs found{};
  if (::statvfs(directory_.c_str(), &found) != 0)
    return 0;
  return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

void disk_reserve::restore() {
  if (held() || free_bytes() < 2 * bytes_)
    return;
  const file_handle file{::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.open())
    return;
  held_ = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) == 0;
  if (!held_)
    ::unlink(path_.c_str());
}

bool disk_reserve::give_up() {
  held_ = false;
  return ::unlink(path_.c_str()) == 0;
}

bool disk_reserve::give_up_if_full() { return free_bytes() < bytes_ && give_up(); }

} // namespace troupe::storage
