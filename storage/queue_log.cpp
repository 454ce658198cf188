#include "storage/queue_log.hpp"

#include "storage/queue_schema.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

namespace troupe::storage {

queue_log::queue_log(const sqlite_database& db, const queue_store_options& options)
  : db_(db), path_(database_path(options) + "-wal"), bytes_max_(options.wal_bytes_max) {
  const auto on_commit = [](void* bytes, sqlite3*, const char*, int pages) {
    *static_cast<std::uint64_t*>(bytes) = static_cast<std::uint64_t>(pages) * queue_page_bytes;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_.handle(), on_commit, &bytes_);
  bytes_ = file_bytes(); // of an earlier run; perhaps less, which the first commit tells
}

std::uint64_t queue_log::file_bytes() const {
  struct stat file{};
  return ::stat(path_.c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

status queue_log::checkpoint() {
  int logged = 0;
  int moved = 0;
  // Passive: neither waits for a reader nor makes one wait. Once all is moved, the
  // next commit begins the log anew.
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &logged,
                                             &moved);
  if (code != SQLITE_OK)
    return db_.failure();
  if (logged == moved)
    bytes_ = 0;
  return {};
}

status queue_log::checkpoint_or_later() {
  auto moved = checkpoint();
  return !moved && moved.error().code == errc::storage_full ? status{} : moved;
}

void queue_log::checkpoint_if_forced() {
  if (bytes_ < bytes_max_) {
    forced_at_ = 0;
    return;
  }
  if (bytes_ < forced_at_)
    return;
  // While a reader keeps the log from being emptied, trying at each commit would only
  // cost. A failure does not undo the commit; checkpoint_if_due will report it.
  forced_at_ = bytes_ + bytes_max_ / 4;
  static_cast<void>(checkpoint().ok());
}

} // namespace troupe::storage
