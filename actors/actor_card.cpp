#include "actors/actor_card.hpp"

namespace troupe::actors {

void actor_card::note(wall_time when, std::string what) {
  const std::lock_guard lock(guard_);
  if (!events_)
    events_ = std::make_unique<std::deque<actor_event>>();
  if (events_->size() == card_events_max)
    events_->pop_front();
  events_->push_back({when, std::move(what)});
}

std::vector<actor_event> actor_card::events() const {
  const std::lock_guard lock(guard_);
  if (!events_)
    return {};
  return {events_->begin(), events_->end()};
}

} // namespace troupe::actors
