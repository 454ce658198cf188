#include "actors/policy/login_limits.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

constexpr std::size_t ipv4_bytes = 4;
/// A /64: who has one IPv6 address has as many as he likes.
constexpr std::size_t ipv6_network_bytes = 8;

std::string network_of(const ip_address& from) {
  switch (from.family) {
    case ip_family::none: return "-";
    case ip_family::ipv4: return {from.bytes.begin(), from.bytes.begin() + ipv4_bytes};
    case ip_family::ipv6: return {from.bytes.begin(), from.bytes.begin() + ipv6_network_bytes};
  }
  return "-";
}

std::string pair_of(const std::string& network, const std::string& name) {
  return std::to_string(network.size()) + network + name;
}

} // namespace

status check(const login_limit_options& options) {
  if (options.first <= milliseconds{0} || options.first > options.longest)
    return error{errc::malformed, "first"};
  if (options.queue_max < options.longest)
    return error{errc::malformed, "queue_max"};
  if (options.entries_max == 0)
    return error{errc::malformed, "entries_max"};
  return {};
}

login_limits::login_limits(const login_limit_options& options) : options_(options) {}

login_limits::record* login_limits::table::find(const std::string& key, steady_time now,
                                                const login_limit_options& options) {
  const auto known = places_.find(key);
  if (known == places_.end())
    return nullptr;
  if (now - known->second->second.touched > options.forget) {
    order_.erase(known->second);
    places_.erase(known);
    return nullptr;
  }
  return &known->second->second;
}

login_limits::record& login_limits::table::touch(const std::string& key, steady_time now,
                                                 const login_limit_options& options) {
  if (auto* known = find(key, now, options)) {
    const auto place = places_.at(key);
    order_.splice(order_.begin(), order_, place);
    known->touched = now;
    return *known;
  }
  if (places_.size() >= options.entries_max) {
    places_.erase(order_.back().first);
    order_.pop_back();
  }
  order_.emplace_front(key, record{});
  places_.emplace(key, order_.begin());
  auto& made = order_.front().second;
  made.touched = now;
  made.next = now;
  return made;
}

milliseconds login_limits::wait_after(unsigned failures, unsigned free) const noexcept {
  if (failures < free)
    return milliseconds{0};
  auto wait = options_.first;
  for (auto n = failures - free; n > 0 && wait < options_.longest; --n)
    wait *= 2;
  return std::min(wait, options_.longest);
}

login_turn login_limits::arrive(const ip_address& from, std::string_view name, steady_time now) {
  const std::string who{name};
  const auto where = network_of(from);
  const bool is_friend = good_.find(pair_of(where, who), now, options_) != nullptr;
  auto& network = networks_.touch(where, now, options_);
  auto& person = names_.touch(who, now, options_);
  const auto at = std::max({now, network.next, is_friend ? now : person.next});
  if (at - now > options_.queue_max)
    return {false, at};
  // The wait stands between this attempt and the next one.
  network.next = at + wait_after(network.failures + network.under_way, options_.free_for_network);
  person.next = std::max(person.next, at + wait_after(person.failures + person.under_way, options_.free_for_name));
  ++network.under_way;
  ++person.under_way;
  return {true, at};
}

void login_limits::end_one(record& of, login_end how) const noexcept {
  of.under_way -= of.under_way > 0 ? 1 : 0; // it may have been forgotten in between
  of.failures += how == login_end::bad ? 1 : 0;
}

void login_limits::ended(const ip_address& from, std::string_view name, login_end how, steady_time now) {
  const std::string who{name};
  const auto where = network_of(from);
  if (how == login_end::good) {
    good_.touch(pair_of(where, who), now, options_);
    // Its own slips are forgiven; those of its network are not: else one good account
    // would buy any number of guesses.
    if (auto* person = names_.find(who, now, options_))
      person->failures = 0;
  }
  if (auto* network = networks_.find(where, now, options_))
    end_one(*network, how);
  if (auto* person = names_.find(who, now, options_))
    end_one(*person, how);
}

} // namespace troupe::policy
