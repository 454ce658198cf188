#include "storage/body_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace troupe::storage {

body_file::body_file(file_handle file, std::string path, std::string folder)
  : file_(std::move(file)), path_(std::move(path)), folder_(std::move(folder)) {}

result<body_file> body_file::create(const body_folder& folder, message_id id) {
  auto path = folder.path_of(id);
  file_handle file{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.open()) {
    auto why = file_error(errno, "make", path);
    if (why.code == errc::not_found) // a missing folder is the disk's fault, not the asker's
      why.code = errc::storage_failed;
    return why;
  }
  return body_file{std::move(file), std::move(path), folder.folder_of(id)};
}

body_file::body_file(body_file&& other) noexcept = default;

body_file& body_file::operator=(body_file&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(folder_, other.folder_);
  std::swap(size_, other.size_);
  std::swap(flushed_, other.flushed_);
  return *this;
}

body_file::~body_file() {
  if (file_.open())
    ::unlink(path_.c_str());
}

status body_file::append(std::string_view bytes) {
  if (auto written = write_all(file_.get(), bytes, path_); !written)
    return written;
  size_ += bytes.size();
  if (size_ - flushed_ >= body_flush_bytes) {
    // Only a hint: what it fails to do, the sync will do or report.
    ::sync_file_range(file_.get(), static_cast<off_t>(flushed_), static_cast<off_t>(size_ - flushed_),
                      SYNC_FILE_RANGE_WRITE);
    flushed_ = size_;
  }
  return {};
}

result<body_ptr> body_file::finish() {
  if (::fdatasync(file_.get()) != 0)
    return file_error(errno, "sync", path_);
  if (auto synced = sync_folder(folder_); !synced)
    return synced.error();
  auto made = std::make_shared<body>();
  made->file = path_;
  made->size = size_;
  file_ = file_handle{};
  return body_ptr{std::move(made)};
}

void abandon(const body& what) noexcept {
  if (what.in_file())
    ::unlink(what.file.c_str());
}

} // namespace troupe::storage
