// A large body on its way to disk, written as it comes in. Owned by one thread at a
// time; its calls block on the disk, `finish` for a whole sync.

#pragma once

#include "net/core/body.hpp"
#include "net/core/message_id.hpp"
#include "net/core/result.hpp"
#include "storage/body_folder.hpp"
#include "storage/durable_file.hpp"

#include <string>
#include <string_view>

namespace troupe::storage {

/// The kernel is told to start writing each time so much has come, so that the sync
/// at the end has little left to wait for.
inline constexpr std::uint64_t body_flush_bytes = 1024 * 1024;

class body_file {
public:
  /// The folder was made (queue_store::open does). Fails with storage_full or
  /// storage_failed, as all calls here do.
  [[nodiscard]] static result<body_file> create(const body_folder& folder, message_id id);

  body_file(body_file&& other) noexcept;
  body_file& operator=(body_file&& other) noexcept;
  /// Unlinks the file, unless it was finished.
  ~body_file();

  /// After a failure only the destructor may follow.
  [[nodiscard]] status append(std::string_view bytes);

  /// Syncs the file and its name. From now on whoever holds the body sees to it that
  /// it is committed or abandoned; what is forgotten is removed at the next start.
  [[nodiscard]] result<body_ptr> finish();

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
  body_file(file_handle file, std::string path, std::string folder);

  file_handle file_; // closed: finished, or moved away
  std::string path_;
  std::string folder_;
  std::uint64_t size_ = 0;
  std::uint64_t flushed_ = 0;
};

/// Unlinks a finished body that was not committed. Does nothing for one in memory.
void abandon(const body& what) noexcept;

} // namespace troupe::storage
