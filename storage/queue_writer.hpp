// Writes to a shard's rows, one transaction at a time, and what a transaction means
// for everything that is not in the database. Internal to this folder.

#pragma once

#include "storage/body_folder.hpp"
#include "storage/queue_counter.hpp"
#include "storage/queue_log.hpp"
#include "storage/queue_store.hpp"

#include <optional>
#include <span>

namespace troupe::storage {

class queue_writer {
public:
  struct row {
    counted_row counted;
    bool in_file;
  };

  /// All of them outlive it.
  queue_writer(const sqlite_database& db, const body_folder& bodies, queue_log& log,
               queue_counter& counter)
    : db_(db), bodies_(bodies), log_(log), counter_(counter) {}
  queue_writer(const queue_writer&) = delete;
  queue_writer& operator=(const queue_writer&) = delete;

  /// Once, before anything else.
  [[nodiscard]] status prepare();

  /// All of it, or nothing. Fails with storage_full or storage_failed.
  [[nodiscard]] status transact(std::span<const arrival> arrivals,
                                std::span<const settlement> settlements);

  /// As queue_store::set_aside.
  [[nodiscard]] status set_aside(message_id id);

  [[nodiscard]] result<std::optional<row>> find(message_id id);

private:
  struct consequences {
    std::vector<counted_row> came, went;
    std::vector<message_id> files;
    void clear() { came.clear(), went.clear(), files.clear(); }
  };

  status write(std::span<const arrival> arrivals, std::span<const settlement> settlements);
  status keep(const arrival& what);
  status settle(const settlement& what);
  result<bool> is_written(const queued_message& mail);
  status remove(const row& what);
  status replace(const row& what, const queued_message& mail);

  const sqlite_database& db_;
  const body_folder& bodies_;
  queue_log& log_;
  queue_counter& counter_;
  sqlite_statement begin_, commit_, rollback_;
  sqlite_statement add_message_, add_body_, find_, mail_of_, replace_, drop_message_, drop_body_, hold_;
  std::string packed_;
  consequences after_;
};

} // namespace troupe::storage
