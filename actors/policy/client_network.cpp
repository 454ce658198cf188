#include "actors/policy/client_network.hpp"

#include <algorithm>

namespace troupe::policy {

ip_address network_of(ip_address who, client_scope scope) noexcept {
  const bool wide = scope == client_scope::network;
  std::size_t kept = 0;
  switch (who.family) {
    case ip_family::none: return {};
    case ip_family::ipv4: kept = wide ? 3 : 4; break;
    case ip_family::ipv6: kept = wide ? 6 : 8; break;
  }
  std::fill(who.bytes.begin() + static_cast<std::ptrdiff_t>(kept), who.bytes.end(), std::uint8_t{0});
  return who;
}

} // namespace troupe::policy
