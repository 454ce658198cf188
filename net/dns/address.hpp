// An IP address as a value: four or sixteen bytes, without port or scope.

#pragma once

#include "net/core/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::dns {

struct ip_address {
  enum class version : std::uint8_t { v4, v6 };

  version family = version::v4;
  std::array<std::uint8_t, 16> bytes{}; ///< Network order; v4 uses the first four.

  [[nodiscard]] bool is_v6() const noexcept { return family == version::v6; }

  friend auto operator<=>(const ip_address&, const ip_address&) = default;
};

/// "192.0.2.1" or "2001:db8::1". Fails with malformed; no scope, no port, no brackets.
[[nodiscard]] result<ip_address> parse_ip_address(std::string_view text);

/// The address of "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3).
/// Fails with malformed, also for the general literals that nobody ever registered.
[[nodiscard]] result<ip_address> parse_address_literal(std::string_view text);

[[nodiscard]] std::string to_string(const ip_address& address);

/// Which addresses of a host may be connected to.
enum class address_family : std::uint8_t { any, ipv4, ipv6 };

[[nodiscard]] constexpr bool allows(address_family family, const ip_address& address) noexcept {
  return family == address_family::any || (family == address_family::ipv6) == address.is_v6();
}

} // namespace troupe::dns
