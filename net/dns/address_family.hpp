// Which addresses of a host may be connected to.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstdint>

namespace troupe::dns {

enum class address_family : std::uint8_t { any, ipv4, ipv6 };

[[nodiscard]] constexpr bool allows(address_family family, const ip_address& address) noexcept {
  switch (address.family) {
    case ip_family::ipv4: return family != address_family::ipv6;
    case ip_family::ipv6: return family != address_family::ipv4;
    case ip_family::none: return false;
  }
  return false;
}

} // namespace troupe::dns
