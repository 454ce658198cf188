// What an opened store has to see once: counts its rows, holds messages whose body file
// is gone, unlinks body files that no row names. Internal to this folder.

#pragma once

#include "storage/body_folder.hpp"
#include "storage/queue_counter.hpp"
#include "storage/queue_rows.hpp"
#include "storage/queue_writer.hpp"

#include <vector>

namespace troupe::storage {

class queue_recovery {
public:
  /// All of them outlive it.
  queue_recovery(const queue_store_options& options, const body_folder& bodies, queue_rows& rows,
                 queue_writer& writer, queue_counter& counter)
    : options_(options), bodies_(bodies), rows_(rows), writer_(writer), counter_(counter) {}

  /// Once, before `step`.
  [[nodiscard]] status prepare(const sqlite_database& db);

  /// The next bounded part; true when all is done. After storage_full it may go on
  /// where it was.
  [[nodiscard]] result<bool> step();

private:
  status count_rows();
  status hold_bodiless();
  result<bool> sweep_folder();

  const queue_store_options& options_;
  const body_folder& bodies_;
  queue_rows& rows_;
  queue_writer& writer_;
  queue_counter& counter_;
  sqlite_statement count_;
  std::vector<message_id> bodiless_; ///< Found, and not held yet.
  unsigned next_folder_ = 0;
};

} // namespace troupe::storage
