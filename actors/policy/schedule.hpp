// Which messages are due when: the part of a shard's queue that waits in memory,
// sixteen bytes and a tree node each, with what is too far off left on disk.

#pragma once

#include "net/core/message_id.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace troupe::policy {

class schedule {
public:
  using entry = std::pair<wall_time, message_id>;

  /// @pre entries_max > 0
  explicit schedule(std::size_t entries_max) : entries_max_(entries_max) {}

  /// Adds what is known to wait. Above the bound the entry that is furthest off is
  /// forgotten, and will be loaded again when its turn comes near.
  void add(wall_time due, message_id id);

  /// Takes a page of what is on disk, in order, that follows `cursor()`. Entries that
  /// are here already are harmless, and the caller may have left some out.
  /// @param up_to the last entry that the page had on disk
  /// @param last nothing follows the page now
  void add_page(const std::vector<entry>& page, const entry& up_to, bool last);

  /// What is on disk is to be paged from the beginning: some of it is not known here.
  void begin_anew() noexcept;

  void remove(wall_time due, message_id id);

  /// Takes out what is due at `now`, earliest first, at most `limit`.
  [[nodiscard]] std::vector<message_id> take_due(wall_time now, std::size_t limit);

  /// When the first entry is due, or nothing.
  [[nodiscard]] std::optional<wall_time> next_due() const;

  /// True when the next page should be loaded: something is on disk only, and there is
  /// room for it again.
  [[nodiscard]] bool wants_page() const noexcept {
    return more_on_disk_ && entries_.size() <= entries_max_ / 2;
  }

  /// Everything on disk up to here is known.
  [[nodiscard]] const entry& cursor() const noexcept { return cursor_; }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
  void keep_bound();

  std::size_t entries_max_;
  std::set<entry> entries_;
  entry cursor_{wall_time::min(), {}};
  bool more_on_disk_ = true; // until the first page says otherwise
};

} // namespace troupe::policy
