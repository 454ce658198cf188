// Keeps the counts of a shard while its rows are still being counted: what is
// committed behind the point that counting has reached counts at once, what lies
// ahead of it is found on the way. Internal to this folder.

#pragma once

#include "storage/queue_store.hpp"

#include <limits>

namespace troupe::storage {

struct counted_row {
  message_id id;
  message_state state;
  std::uint64_t bytes;
};

class queue_counter {
public:
  /// A row came into being, or left, in a commit.
  void came(const counted_row& row) {
    if (row.state != message_state::copy && row.id < oldest_from_)
      oldest_from_ = row.id;
    if (row.id <= reached_)
      add(row);
  }
  void went(const counted_row& row) {
    if (row.id <= reached_) {
      auto& to = counts_.by_state.at(static_cast<std::size_t>(row.state));
      --to.messages;
      to.bytes -= row.bytes;
    }
  }

  /// The next row of those that were there. @pre row.id > reached()
  void found(const counted_row& row) {
    add(row);
    reached_ = row.id;
  }
  void finish() {
    reached_ = {std::numeric_limits<std::int64_t>::max()};
    counts_.complete = true;
  }

  /// No message that is ours has a smaller id.
  [[nodiscard]] message_id oldest_from() const { return oldest_from_; }
  /// It was looked for, up to here.
  void no_older_than(message_id id) { oldest_from_ = id; }

  [[nodiscard]] message_id reached() const { return reached_; }
  [[nodiscard]] const queue_counts& counts() const { return counts_; }

private:
  void add(const counted_row& row) {
    auto& to = counts_.by_state.at(static_cast<std::size_t>(row.state));
    ++to.messages;
    to.bytes += row.bytes;
  }

  queue_counts counts_;
  message_id reached_;
  message_id oldest_from_;
};

} // namespace troupe::storage
