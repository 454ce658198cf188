#include "actors/census.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::actors {

namespace {

constexpr std::size_t network_bytes = 8; // of an IPv6 /64

ip_address peer_of(ip_address from) {
  if (from.family == ip_family::ipv6)
    std::fill(from.bytes.begin() + network_bytes, from.bytes.end(), std::uint8_t{0});
  return from;
}

} // namespace

std::size_t census::hash_of_address::operator()(const ip_address& address) const noexcept {
  const auto* bytes = reinterpret_cast<const char*>(address.bytes.data());
  return std::hash<std::string_view>{}({bytes, address.bytes.size()});
}

bool census::count_in(const ip_address& peer) {
  if (peer.family == ip_family::none)
    return true;
  const auto known = from_.find(peer);
  if ((known == from_.end() ? 0 : known->second) >= limits_.connections_per_ip)
    return false;
  if (known == from_.end())
    from_.emplace(peer, 1);
  else
    ++known->second;
  return true;
}

bool census::count_out(const ip_address& peer) {
  if (peer.family == ip_family::none)
    return true;
  const auto known = from_.find(peer);
  if (known == from_.end())
    return false;
  if (--known->second == 0)
    from_.erase(known);
  return true;
}

census_answer census::enter(const ip_address& from) {
  const std::lock_guard lock(guard_);
  if (present_ >= limits_.connections)
    return census_answer::too_many;
  if (!count_in(peer_of(from)))
    return census_answer::too_many_from_there;
  ++present_;
  return census_answer::counted;
}

void census::leave(const ip_address& from) {
  const std::lock_guard lock(guard_);
  if (count_out(peer_of(from)))
    present_ -= present_ > 0 ? 1 : 0;
}

census_answer census::move(const ip_address& from, const ip_address& to) {
  const std::lock_guard lock(guard_);
  if (!count_in(peer_of(to)))
    return census_answer::too_many_from_there;
  static_cast<void>(count_out(peer_of(from)));
  return census_answer::counted;
}

void census::set_limits(const census_limits& limits) {
  const std::lock_guard lock(guard_);
  limits_ = limits;
}

std::size_t census::present() const {
  const std::lock_guard lock(guard_);
  return present_;
}

} // namespace troupe::actors
