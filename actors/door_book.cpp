#include "actors/door_book.hpp"

namespace troupe::actors {

void door_book::set_limits(const door_limits& limits) {
  const std::lock_guard lock(guard_);
  arrivals_.set_limits(limits.arrivals);
  greylist_options_ = limits.greylist;
  greylist_.set_options(limits.greylist);
  if (breaker_options_ != limits.breaker)
    for (auto& [zone, state] : lists_)
      state->breaker = policy::breaker{limits.breaker};
  breaker_options_ = limits.breaker;
  for (const auto& zone : limits.block_lists)
    state_of(zone).notes.show();
}

policy::arrival_answer door_book::connection(const ip_address& from, steady_time now) {
  const std::lock_guard lock(guard_);
  return arrivals_.connection(from, now);
}

policy::arrival_answer door_book::message(const ip_address& from, steady_time now) {
  const std::lock_guard lock(guard_);
  return arrivals_.message(from, now);
}

seconds door_book::greylisted(const ip_address& from, const mailbox& sender, const mailbox& to, wall_time now) {
  const std::lock_guard lock(guard_);
  return greylist_.wait_for(from, sender, to, now);
}

door_book::list_state& door_book::state_of(const std::string& zone) {
  auto& state = lists_[zone];
  if (!state)
    state = std::make_unique<list_state>(
      list_state{policy::breaker{breaker_options_}, breaker_notes{metrics_, log_, std::string{block_list_breaker} + zone}});
  return *state;
}

bool door_book::may_ask(const std::string& zone, steady_time now) {
  const std::lock_guard lock(guard_);
  auto& state = state_of(zone);
  const auto permit = state.breaker.permit(now);
  if (permit.change)
    state.notes.changed(*permit.change);
  return permit.granted;
}

void door_book::answered(const std::string& zone, steady_time now) {
  const std::lock_guard lock(guard_);
  auto& state = state_of(zone);
  if (const auto change = state.breaker.success(now))
    state.notes.changed(*change);
}

void door_book::silent(const std::string& zone, steady_time now, std::string_view why) {
  const std::lock_guard lock(guard_);
  auto& state = state_of(zone);
  if (const auto change = state.breaker.failure(now, why))
    state.notes.changed(*change);
}

void door_book::forget(const std::string& zone, steady_time now) {
  const std::lock_guard lock(guard_);
  state_of(zone).breaker.cancelled(now);
}

std::vector<std::pair<std::string, policy::breaker_view>> door_book::block_lists(steady_time now) const {
  const std::lock_guard lock(guard_);
  std::vector<std::pair<std::string, policy::breaker_view>> all;
  for (const auto& [zone, state] : lists_)
    all.emplace_back(zone, state->breaker.view(now));
  return all;
}

bool door_book::act_on_list(const std::string& zone, breaker_act act, steady_time now) {
  const std::lock_guard lock(guard_);
  const auto known = lists_.find(zone);
  if (known == lists_.end())
    return false;
  if (const auto change = act_on(known->second->breaker, act, now))
    known->second->notes.changed(*change);
  return true;
}

std::string door_book::save() const {
  const std::lock_guard lock(guard_);
  return greylist_.save();
}

void door_book::load(std::string_view text, std::uint64_t seed, wall_time now) {
  const std::lock_guard lock(guard_);
  greylist_ = policy::greylist{greylist_options_, seed};
  greylist_.load(text, now);
}

} // namespace troupe::actors
