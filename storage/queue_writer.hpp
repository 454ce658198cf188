// Writes to a shard's rows, one transaction at a time, and what a transaction means
// for everything that is not in the database. Internal to this folder.

#pragma once

#include "storage/custody_writer.hpp"
#include "storage/queue_log.hpp"

#include <span>

namespace troupe::storage {

class queue_writer {
public:
  /// All of them outlive it.
  queue_writer(const sqlite_database& db, const body_folder& bodies, queue_log& log,
               queue_counter& counter)
    : db_(db), bodies_(bodies), log_(log), counter_(counter), messages_(db, bodies), custody_(messages_) {}
  queue_writer(const queue_writer&) = delete;
  queue_writer& operator=(const queue_writer&) = delete;

  /// Once, before anything else.
  [[nodiscard]] status prepare();

  /// All of it, or nothing. Fails with storage_full or storage_failed.
  [[nodiscard]] status transact(std::span<const arrival> arrivals, std::span<const settlement> settlements,
                                std::span<const custody_change> changes = {});

  /// As queue_store::set_aside.
  [[nodiscard]] status set_aside(message_id id);

  [[nodiscard]] result<std::optional<message_row>> find(message_id id) { return messages_.find(id); }

private:
  status write(std::span<const arrival> arrivals, std::span<const settlement> settlements,
               std::span<const custody_change> changes);
  status keep(const arrival& what);
  status settle(const settlement& what);
  status settle_message(const settlement& what);

  const sqlite_database& db_;
  const body_folder& bodies_;
  queue_log& log_;
  queue_counter& counter_;
  message_writer messages_;
  custody_writer custody_;
  sqlite_statement begin_, commit_, rollback_;
};

} // namespace troupe::storage
