// IP addresses and networks as values: what a peer is, and whether a rule names it.

#pragma once

#include "net/core/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

enum class ip_family : std::uint8_t { none, ipv4, ipv6 };

/// An address without port or zone. An IPv4 address that came mapped into IPv6
/// (::ffff:192.0.2.1, as dual-stack sockets say it) is kept as IPv4, so that one
/// peer has one spelling and one rule.
struct ip_address {
  ip_family family = ip_family::none; ///< none: no address, as of a local socket.
  std::array<std::uint8_t, 16>
    bytes{}; ///< Network order; IPv4 uses the first four, the rest is zero.

  [[nodiscard]] bool is_loopback() const noexcept;

  friend auto operator<=>(const ip_address&, const ip_address&) = default;
};

/// Parses "192.0.2.1" and "2001:db8::1" whole. Fails with malformed.
[[nodiscard]] result<ip_address> parse_ip_address(std::string_view text);

/// Parses the address literal of RFC 5321 §4.1.3 with its brackets: "[192.0.2.1]",
/// "[IPv6:2001:db8::1]". Fails with malformed; general literals are malformed too.
[[nodiscard]] result<ip_address> parse_ip_literal(std::string_view text);

/// "192.0.2.1", "2001:db8::1" (RFC 5952), or "" for no address.
[[nodiscard]] std::string to_string(const ip_address& address);

/// As it stands in a Received field or a literal, with brackets.
[[nodiscard]] std::string to_literal(const ip_address& address);

/// A network in CIDR form.
struct ip_network {
  ip_address address; ///< Bits after the prefix are zero.
  unsigned prefix_bits = 0;

  /// False for another family and for no address.
  [[nodiscard]] bool contains(const ip_address& peer) const noexcept;

  friend bool operator==(const ip_network&, const ip_network&) = default;
};

/// Parses "10.0.0.0/8", "2001:db8::/32" or a single address. Bits set after the
/// prefix are malformed: "10.1.0.0/8" is more often a slip than a wish.
[[nodiscard]] result<ip_network> parse_ip_network(std::string_view text);

[[nodiscard]] std::string to_string(const ip_network& network);

} // namespace troupe
