#include "tests/support/disk_syncs.hpp"

#include <cerrno>
#include <filesystem>

namespace {

troupe::support::disk_syncs* watching = nullptr;

bool allowed(int fd) {
  if (watching == nullptr || watching->saw(fd))
    return true;
  errno = EIO;
  return false;
}

} // namespace

extern "C" {
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __wrap_fsync(int fd) { return allowed(fd) ? __real_fsync(fd) : -1; }
int __wrap_fdatasync(int fd) { return allowed(fd) ? __real_fdatasync(fd) : -1; }
}

namespace troupe::support {

disk_syncs::disk_syncs() { watching = this; }
disk_syncs::~disk_syncs() { watching = nullptr; }

bool disk_syncs::saw(int fd) {
  paths_.push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).string());
  return refused_.empty() || paths_.back().find(refused_) == std::string::npos;
}

} // namespace troupe::support
