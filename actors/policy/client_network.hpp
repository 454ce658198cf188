// What counts as one client. Whoever has one IPv6 address has the /64 around it, and who
// has rented one address of a network has often rented its neighbours.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstddef>
#include <string_view>

namespace troupe::policy {

enum class client_scope {
  client,  ///< An IPv4 address, an IPv6 /64.
  network, ///< An IPv4 /24, an IPv6 /48.
};

/// The first address of it; no address stays none.
[[nodiscard]] ip_address network_of(ip_address who, client_scope scope) noexcept;

struct hash_of_address {
  [[nodiscard]] std::size_t operator()(const ip_address& address) const noexcept {
    const auto* bytes = reinterpret_cast<const char*>(address.bytes.data());
    return std::hash<std::string_view>{}({bytes, address.bytes.size()});
  }
};

} // namespace troupe::policy
