#include "actors/policy/schedule.hpp"

#include <algorithm>

namespace troupe::policy {

void schedule::add(wall_time due, message_id id) {
  entries_.emplace(due, id);
  keep_bound();
}

void schedule::add_page(const std::vector<entry>& page, const entry& up_to, bool last) {
  for (const auto& each : page)
    entries_.insert(entries_.end(), each);
  cursor_ = std::max(cursor_, up_to);
  more_on_disk_ = !last;
  keep_bound();
}

void schedule::begin_anew() noexcept {
  cursor_ = entry{wall_time::min(), {}};
  more_on_disk_ = true;
}

void schedule::keep_bound() {
  while (entries_.size() > entries_max_) {
    const auto furthest = std::prev(entries_.end());
    // The next page begins before what is forgotten here.
    cursor_ = std::min(cursor_, entry{furthest->first, message_id{furthest->second.value - 1}});
    more_on_disk_ = true;
    entries_.erase(furthest);
  }
}

void schedule::remove(wall_time due, message_id id) {
  entries_.erase({due, id});
}

std::vector<message_id> schedule::take_due(wall_time now, std::size_t limit) {
  std::vector<message_id> due;
  auto end = entries_.begin();
  for (; end != entries_.end() && due.size() < limit && end->first <= now; ++end)
    due.push_back(end->second);
  entries_.erase(entries_.begin(), end);
  return due;
}

std::optional<wall_time> schedule::next_due() const {
  if (entries_.empty())
    return std::nullopt;
  return entries_.begin()->first;
}

} // namespace troupe::policy
