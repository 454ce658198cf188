#include "actors/policy/arrivals.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

arrival_answer ask_tables(rate_table& clients, rate_table& networks, const ip_address& from, steady_time now) {
  if (from.family == ip_family::none)
    return arrival_answer::welcome;
  if (!clients.take(network_of(from, client_scope::client), now))
    return arrival_answer::client_too_fast;
  if (!networks.take(network_of(from, client_scope::network), now))
    return arrival_answer::network_too_fast;
  return arrival_answer::welcome;
}

} // namespace

bool rate_table::take(const ip_address& who, steady_time now) {
  if (limit_.count == 0)
    return true;
  const auto interval = std::chrono::nanoseconds{limit_.per} / limit_.count;
  auto known = places_.find(who);
  if (known == places_.end()) {
    if (entries_.size() >= entries_max_) {
      places_.erase(entries_.back().who);
      entries_.pop_back();
    }
    entries_.push_front({who, now});
    known = places_.emplace(who, entries_.begin()).first;
  } else {
    entries_.splice(entries_.begin(), entries_, known->second);
  }
  auto& place = known->second->even_place;
  const auto next = std::max(place, now) + interval;
  if (next > now + std::chrono::nanoseconds{limit_.per})
    return false;
  place = next;
  return true;
}

arrivals::arrivals(const arrival_limits& limits)
  : connections_(limits.connections_per_ip, entries_max),
    network_connections_(limits.connections_per_network, entries_max),
    messages_(limits.messages_per_ip, entries_max),
    network_messages_(limits.messages_per_network, entries_max) {}

void arrivals::set_limits(const arrival_limits& limits) noexcept {
  connections_.set_limit(limits.connections_per_ip);
  network_connections_.set_limit(limits.connections_per_network);
  messages_.set_limit(limits.messages_per_ip);
  network_messages_.set_limit(limits.messages_per_network);
}

arrival_answer arrivals::connection(const ip_address& from, steady_time now) {
  return ask_tables(connections_, network_connections_, from, now);
}

arrival_answer arrivals::message(const ip_address& from, steady_time now) {
  return ask_tables(messages_, network_messages_, from, now);
}

} // namespace troupe::policy
