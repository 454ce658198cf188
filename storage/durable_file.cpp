#include "storage/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace troupe::storage {

file_handle& file_handle::operator=(file_handle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

file_handle::~file_handle() {
  if (fd_ >= 0)
    ::close(fd_);
}

int file_handle::release() noexcept {
  return std::exchange(fd_, -1);
}

error file_error(int cause, std::string_view doing, const std::string& path) {
  auto code = errc::storage_failed;
  if (cause == ENOSPC || cause == EDQUOT)
    code = errc::storage_full;
  else if (cause == ENOENT)
    code = errc::not_found;
  return {code, std::string(doing) + ' ' + path + ": " + std::generic_category().message(cause)};
}

status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return file_error(errno, "write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

status sync_folder(const std::string& path) {
  const file_handle folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder.open())
    return file_error(errno, "open", path);
  if (::fsync(folder.get()) != 0)
    return file_error(errno, "sync", path);
  return {};
}

status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0)
    return sync_folder(parent_of(path));
  if (errno == ENOENT && parent_of(path) != path) {
    if (auto made = make_folder(parent_of(path)); !made)
      return made;
    if (::mkdir(path.c_str(), 0700) == 0)
      return sync_folder(parent_of(path));
  }
  const int cause = errno;
  struct stat found{};
  if (cause == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode))
    return {};
  return file_error(cause == ENOENT ? EIO : cause, "make folder", path);
}

namespace {

// Not truncated before it is written: on a full disk its old blocks are all there is.
result<file_handle> overwrite(const std::string& path, std::string_view bytes) {
  file_handle file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.open())
    return file_error(errno, "make", path);
  if (auto written = write_all(file.get(), bytes, path); !written)
    return written.error();
  if (::ftruncate(file.get(), static_cast<off_t>(bytes.size())) != 0)
    return file_error(errno, "cut", path);
  return file;
}

} // namespace

status replace_file(const std::string& path, std::string_view bytes) {
  const auto fresh = path + ".new";
  {
    const auto file = overwrite(fresh, bytes);
    if (!file)
      return file.error();
    if (::fdatasync(file->get()) != 0)
      return file_error(errno, "sync", fresh);
  }
  // The old file stays as the place for the next one.
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) != 0) {
    if (::rename(fresh.c_str(), path.c_str()) != 0)
      return file_error(errno, "rename", fresh);
    static_cast<void>(overwrite(fresh, bytes).ok());
  }
  return sync_folder(parent_of(path));
}

result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const file_handle file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.open())
    return file_error(errno, "open", path);
  std::string bytes(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0) {
      if (errno == EINTR)
        continue;
      return file_error(errno, "read", path);
    }
    if (got == 0)
      break;
    size += static_cast<std::size_t>(got);
  }
  if (size > bytes_max)
    return error{errc::limit_exceeded, path + " is longer than " + std::to_string(bytes_max) + " bytes"};
  bytes.resize(size);
  return bytes;
}

std::string parent_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  const auto slash = path.find_last_of('/', end);
  if (end == std::string::npos)
    return "/";
  if (slash == std::string::npos)
    return ".";
  const auto last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

} // namespace troupe::storage
