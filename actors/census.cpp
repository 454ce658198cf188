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

census_answer census::enter(const ip_address& from) {
  const auto peer = peer_of(from);
  const std::lock_guard lock(guard_);
  if (present_ >= limits_.connections)
    return census_answer::too_many;
  if (peer.family != ip_family::none) {
    const auto known = from_.find(peer);
    if ((known == from_.end() ? 0 : known->second) >= limits_.connections_per_ip)
      return census_answer::too_many_from_there;
    if (known == from_.end())
      from_.emplace(peer, 1);
    else
      ++known->second;
  }
  ++present_;
  return census_answer::counted;
}

void census::leave(const ip_address& from) {
  const auto peer = peer_of(from);
  const std::lock_guard lock(guard_);
  if (peer.family != ip_family::none) {
    const auto known = from_.find(peer);
    if (known == from_.end())
      return;
    if (--known->second == 0)
      from_.erase(known);
  }
  present_ -= present_ > 0 ? 1 : 0;
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
