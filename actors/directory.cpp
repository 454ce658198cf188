#include "actors/directory.hpp"

#include <algorithm>

namespace troupe::actors {

directory::entry directory::enter(std::shared_ptr<actor_card> card) {
  const std::lock_guard lock(guard_);
  card->id = ++last_id_;
  return cards_.insert(cards_.end(), std::move(card));
}

void directory::leave(entry who) {
  std::shared_ptr<actor_card> gone; // is freed after the lock
  const std::lock_guard lock(guard_);
  gone = std::move(*who);
  cards_.erase(who);
}

void directory::note_death(const std::string& path, std::string why,
                           std::vector<actor_event> events) {
  const std::lock_guard lock(guard_);
  const auto [at, is_new] = records_.try_emplace(path);
  if (is_new) {
    order_.push_back(path);
    if (order_.size() > records_max) {
      records_.erase(order_.front());
      order_.pop_front();
    }
  }
  auto& record = at->second;
  ++record.deaths;
  record.last_error = std::move(why);
  if (!events.empty())
    record.events = std::move(events);
}

std::vector<std::shared_ptr<const actor_card>> directory::cards() const {
  const std::lock_guard lock(guard_);
  return {cards_.begin(), cards_.end()};
}

std::vector<actor_view> directory::everyone() const {
  // The lock is for the list alone: who enters or leaves must not wait for an onlooker.
  const auto all = cards();
  std::vector<actor_view> views;
  views.reserve(all.size());
  for (const auto& card : all)
    views.push_back(view_of(*card));
  return views;
}

std::shared_ptr<const actor_card> directory::find(std::string_view path) const {
  const std::lock_guard lock(guard_);
  const auto at = std::find_if(cards_.rbegin(), cards_.rend(),
                               [&](const auto& card) { return card->path == path; });
  return at == cards_.rend() ? nullptr : *at;
}

actor_view directory::view_of(const actor_card& card) const {
  const auto now = steady_now();
  const auto since = [now](steady_time then) {
    return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(now - then));
  };
  actor_view view;
  view.id = card.id;
  view.kind = card.kind;
  view.path = card.path;
  view.state = card.state();
  view.age = since(card.born);
  view.in_state = since(card.state_since());
  if (const auto busy = card.busy_since.load(std::memory_order_relaxed); busy.count() != 0)
    view.busy_for = since(steady_time{busy});
  view.mailbox_depth = card.mailbox_depth.load(std::memory_order_relaxed);
  view.mailbox_limit = card.mailbox_limit;
  view.in_hand = card.in_hand.load(std::memory_order_relaxed);
  view.handled = card.handled.load(std::memory_order_relaxed);
  view.steps = view.handled + card.steps.load(std::memory_order_relaxed);
  view.refused = card.refused.load(std::memory_order_relaxed);
  const auto before = record_of(card.path);
  view.restarts = before.deaths;
  view.last_error = before.last_error;
  return view;
}

std::vector<actor_event> directory::events_of(const actor_card& card) const {
  auto all = record_of(card.path).events;
  for (auto& each : card.events())
    all.push_back(std::move(each));
  if (all.size() > card_events_max)
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(card_events_max));
  return all;
}

std::size_t directory::size() const {
  const std::lock_guard lock(guard_);
  return cards_.size();
}

death_record directory::record_of(const std::string& path) const {
  const std::lock_guard lock(guard_);
  const auto at = records_.find(path);
  return at == records_.end() ? death_record{} : at->second;
}

} // namespace troupe::actors
