#include "storage/data_dir_lock.hpp"

#include "storage/durable_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace troupe::storage {

namespace {

constexpr std::size_t pid_bytes_max = 32;

} // namespace

result<data_dir_lock> data_dir_lock::acquire(const std::string& data_dir) {
  if (auto made = make_folder(data_dir); !made)
    return made.error();
  const auto path = data_dir + "/lock";
  file_handle file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.open())
    return file_error(errno, "open", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return file_error(errno, "lock", path);
    const auto holder = read_file(path, pid_bytes_max);
    const auto pid = holder ? holder->substr(0, holder->find('\n')) : std::string{};
    return error{errc::refused, data_dir + " is in use by process " + (pid.empty() ? "?" : pid)
                                  + "; stop it, or set another node.data_dir"};
  }
  // The number is for people; the lock itself is what counts.
  if (::ftruncate(file.get(), 0) != 0)
    return file_error(errno, "write", path);
  if (auto written = write_all(file.get(), std::to_string(::getpid()) + '\n', path); !written
      && written.error().code != errc::storage_full) // a full disk must not keep us from draining it
    return written.error();
  return data_dir_lock{file.release()};
}

data_dir_lock::data_dir_lock(data_dir_lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

data_dir_lock& data_dir_lock::operator=(data_dir_lock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

data_dir_lock::~data_dir_lock() {
  if (fd_ >= 0)
    ::close(fd_);
}

} // namespace troupe::storage
