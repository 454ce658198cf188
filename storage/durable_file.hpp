// The few steps by which a file or a folder comes to be on disk for good, and how
// their failures are told. Internal to this folder.

#pragma once

#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::storage {

/// Owns a file descriptor.
class file_handle {
public:
  file_handle() = default;
  explicit file_handle(int fd) noexcept : fd_(fd) {}
  file_handle(file_handle&& other) noexcept : fd_(other.release()) {}
  file_handle& operator=(file_handle&& other) noexcept;
  ~file_handle();

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] bool open() const noexcept { return fd_ >= 0; }
  int release() noexcept;

private:
  int fd_ = -1;
};

/// What `cause` (an errno) means: storage_full, not_found or storage_failed.
[[nodiscard]] error file_error(int cause, std::string_view doing, const std::string& path);

/// Writes all of it, whatever the kernel takes at once.
[[nodiscard]] status write_all(int fd, std::string_view bytes, const std::string& path);

[[nodiscard]] status sync_folder(const std::string& path);

/// Makes the folder and its parents, mode 0700, each entry synced. One that is there
/// is as good.
[[nodiscard]] status make_folder(const std::string& path);

/// Puts `bytes` in the place of the file, so that a crash leaves the old or the new.
/// What is replaced stays beside it as "path.new", so that the next one of this size
/// finds its place even on a full disk.
[[nodiscard]] status replace_file(const std::string& path, std::string_view bytes);

/// The whole of a small file. Fails with limit_exceeded above `bytes_max`.
[[nodiscard]] result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// "a/b" of "a/b/c"; "." of "c".
[[nodiscard]] std::string parent_of(const std::string& path);

} // namespace troupe::storage
