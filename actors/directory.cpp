#include "actors/directory.hpp"

namespace troupe::actors {

directory::entry directory::enter(std::shared_ptr<actor_card> card) {
  const std::lock_guard lock(guard_);
  return cards_.insert(cards_.end(), std::move(card));
}

void directory::leave(entry who) {
  const std::lock_guard lock(guard_);
  cards_.erase(who);
}

std::vector<actor_view> directory::everyone() const {
  const auto now = steady_now();
  const std::lock_guard lock(guard_);
  std::vector<actor_view> views;
  views.reserve(cards_.size());
  for (const auto& card : cards_)
    views.push_back({card->kind, card->path,
                     std::chrono::duration_cast<milliseconds>(now - card->born),
                     card->mailbox_depth.load(std::memory_order_relaxed), card->mailbox_limit,
                     card->handled.load(std::memory_order_relaxed),
                     card->refused.load(std::memory_order_relaxed)});
  return views;
}

} // namespace troupe::actors
