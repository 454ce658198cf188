#include "storage/queue_space.hpp"

#include "storage/queue_schema.hpp"
#include "storage/queue_store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

namespace troupe::storage {

namespace {

// Rows of the cluster lie close together; what they change in pages is counted twice.
std::uint64_t bytes_to_write(const custody_writes& beside) {
  std::uint64_t bytes = 0;
  for (const auto& each : beside) {
    bytes += 256;
    if (const auto* const custody = std::get_if<put_custody>(&each))
      bytes += 2 * custody->row.size();
    else if (const auto* const notice = std::get_if<put_notice>(&each))
      bytes += 2 * notice->row.size();
  }
  return bytes;
}

// What rows and bodies take of pages that they share with others or fill alone, with
// what changes in the indices.
std::uint64_t bytes_to_write(std::span<const arrival> arrivals) {
  std::uint64_t bytes = 16 * queue_page_bytes;
  for (const auto& each : arrivals) {
    bytes += 2 * (1024 + 128 * each.mail->recipients.size());
    if (each.beside != nullptr)
      bytes += bytes_to_write(*each.beside);
    if (const auto size = each.body->bytes.size(); size > 0)
      bytes += size < queue_page_bytes ? 2 * size : size + size / 8 + queue_page_bytes;
  }
  return bytes;
}

} // namespace

queue_space::queue_space(const sqlite_database& db, queue_log& log, const queue_store_options& options)
  : db_(db), log_(log), options_(options), reserve_(options.directory, options.reserve_bytes) {
  restore();
}

error queue_space::full() const {
  return {errc::storage_full, "less than disk_free is left for " + options_.directory};
}

bool queue_space::is_tight() const { return reserve_.free_bytes() < 4 * options_.wal_bytes_due; }

// The usual case, for which one look at the disk is enough.
bool queue_space::has_plenty(std::uint64_t need) const {
  const auto free = reserve_.free_bytes();
  return reserve_.held() && free >= 4 * options_.wal_bytes_due
         && free >= options_.disk_free_min + log_.bytes() + 2 * need;
}

bool queue_space::has_room() const {
  constexpr std::uint64_t a_letter = 4 * queue_page_bytes;
  return has_plenty(a_letter) || fits(measure(), a_letter);
}

std::uint64_t queue_space::room_bytes() const {
  return room_of(measure());
}

disk_room queue_space::measure() const {
  disk_room found;
  found.free = reserve_.free_bytes();
  found.reserve = reserve_.bytes();
  found.reserve_held = reserve_.held();
  found.margin = options_.disk_free_min;
  found.log_used = log_.bytes();
  found.log = log_.file_bytes();
  const auto empty = db_.number("PRAGMA freelist_count");
  const auto pages = db_.number("PRAGMA page_count");
  if (!empty || !pages)
    return found;
  const auto used = static_cast<std::uint64_t>(*pages) * queue_page_bytes;
  const auto size = database_bytes();
  found.empty = static_cast<std::uint64_t>(*empty) * queue_page_bytes + (size - std::min(size, used));
  return found;
}

std::uint64_t queue_space::database_bytes() const {
  struct stat file{};
  return ::stat(database_path(options_).c_str(), &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
}

// On a tight disk the database gets its space before the log is written: else two shards
// could promise the same free space to their logs, and neither log could be emptied.
status queue_space::make_room(std::span<const arrival> arrivals) {
  const auto need = bytes_to_write(arrivals);
  if (has_plenty(need))
    return {};
  static_cast<void>(log_.checkpoint().ok()); // an emptied log is room, too
  const auto found = measure();
  if (!fits(found, need))
    return full();
  const auto growth = found.database_growth(need);
  if (growth == 0)
    return {};
  auto size = static_cast<sqlite3_int64>(database_bytes() + growth);
  return sqlite3_file_control(db_.handle(), "main", SQLITE_FCNTL_SIZE_HINT, &size) == SQLITE_OK ? status{}
                                                                                                : full();
}

void queue_space::give_up_reserve() {
  reserve_.give_up();
  // An emptied log is room, too. If that fails, the next transaction will say so.
  static_cast<void>(log_.checkpoint().ok());
}

} // namespace troupe::storage
