// Looks at the queue for an operator, over read-only connections beside the writers.
// Every look is bounded in rows and time, and says where to go on.

#pragma once

#include "app/admin/message_filter.hpp"
#include "storage/queue_reader.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::app {

/// Recipients of one message that a list names.
inline constexpr std::size_t listed_recipients_max = 10;
/// Bytes of a body that an operator is shown.
inline constexpr std::size_t shown_body_bytes_max = 256 * 1024;

/// A line of a list.
struct listed_message {
  message_id id;
  std::size_t shard = 0; ///< Index in the browser's list of shards.
  shown_state state = shown_state::queued;
  std::string from;
  std::vector<std::string> to; ///< Of the unsettled ones, the first.
  std::size_t recipients = 0;  ///< Unsettled ones in all.
  std::uint64_t bytes = 0;
  wall_time received{};
  wall_time due{};            ///< Of the next attempt.
  std::uint32_t attempts = 0; ///< Most of any recipient.
  std::string reason;         ///< Why it is held, or the last reply; or empty.
};

struct message_list {
  std::vector<listed_message> messages; ///< By id, so by age.
  message_id next;                      ///< Pass it as `after` to go on.
  bool complete = false;                ///< Nothing that matches follows.
  std::vector<std::string> unreadable;  ///< Shards that could not be looked at, and why.
};

struct located_mail {
  std::size_t shard = 0;
  queued_message mail;
  storage::kept_as kind = storage::kept_as::message;
};

/// Any thread may call anything.
class queue_browser {
public:
  /// One for each shard. Nothing is opened yet.
  explicit queue_browser(std::vector<storage::queue_store_options> shards);
  ~queue_browser();

  /// Messages behind `after` that the filter takes, at most `limit`. Ends early at
  /// `until`: then it is not complete.
  [[nodiscard]] message_list find(const message_filter& filter, message_id after, std::size_t limit,
                                  wall_time now, steady_time until);

  /// Fails with not_found, or with what kept us from looking.
  [[nodiscard]] result<located_mail> load(message_id id);
  [[nodiscard]] result<std::string> read_body_head(const located_mail& where);

  /// Shows up to `rows_max` messages of one shard to `look`, but no copies, in the order of age.
  /// True if that were all of them.
  [[nodiscard]] result<bool> walk(std::size_t shard, std::size_t rows_max, steady_time until,
                                  const std::function<void(const queued_message&)>& look);

private:
  struct shard_reader;

  std::vector<std::unique_ptr<shard_reader>> readers_;
};

/// What a list says about a message.
[[nodiscard]] listed_message list_message(const queued_message& mail, std::size_t shard,
                                          storage::kept_as kind = storage::kept_as::message);

} // namespace troupe::app
