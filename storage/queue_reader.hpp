// Looks at a shard's part of the queue from another thread than its writer's, over
// a read-only connection of its own. It sees what was committed before each call,
// never stops the writer, and changes nothing.

#pragma once

#include "storage/queue_store.hpp"

#include <functional>

namespace troupe::storage {

/// What a look at some messages found.
struct message_page {
  std::vector<queued_message> messages;
  message_id next;   ///< Pass it as `after` to go on.
  bool last = false; ///< There is nothing behind it.
};

/// A call of `scan` looks at no more rows than this, however few of them match, so
/// that the writer's log can be moved into the database in between.
inline constexpr std::size_t scan_rows_max = 10'000;

class queue_reader {
public:
  /// Fails as queue_store::open does; the shard must have been opened by a
  /// queue_store before.
  [[nodiscard]] static result<std::unique_ptr<queue_reader>> open(const queue_store_options& options);
  ~queue_reader();
  queue_reader(const queue_reader&) = delete;
  queue_reader& operator=(const queue_reader&) = delete;

  /// Up to `limit` messages of that kind behind `after` for which `wanted` is true, by id.
  /// A row that we cannot read is passed over. An empty `wanted` takes all.
  [[nodiscard]] result<message_page> scan(message_id after, std::size_t limit,
                                          const std::function<bool(const queued_message&)>& wanted,
                                          kept_as kind = kept_as::message);

  /// Fail as those of queue_store do.
  [[nodiscard]] result<stored_message> load(message_id id);
  [[nodiscard]] result<found_message> load_mail(message_id id);
  [[nodiscard]] result<std::string> read_body_head(message_id id, std::size_t bytes_max);

  /// SQLite's quick_check. Asks `go_on` every few milliseconds and gives up with
  /// draining when it says no. While it runs the log cannot be emptied, so it is for
  /// the operator's request, or the time before the doors open. Fails with
  /// storage_failed and the first findings.
  [[nodiscard]] status integrity_check(const std::function<bool()>& go_on);

private:
  class impl;
  explicit queue_reader(std::unique_ptr<impl> how);
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::storage
