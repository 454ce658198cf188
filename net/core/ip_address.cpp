#include "net/core/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace troupe {

namespace {

constexpr std::size_t ip_text_bytes_max = INET6_ADDRSTRLEN - 1;

unsigned width_bits(ip_family family) noexcept {
  switch (family) {
    case ip_family::none: return 0;
    case ip_family::ipv4: return 32;
    case ip_family::ipv6: return 128;
  }
  return 0;
}

/// Zero beyond the first `bits`.
std::array<std::uint8_t, 16> masked(std::array<std::uint8_t, 16> bytes, unsigned bits) noexcept {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = bits <= i * 8 ? 0 : std::min(8u, bits - i * 8);
    bytes[i] = static_cast<std::uint8_t>(bytes[i] & (0xFF00u >> kept));
  }
  return bytes;
}

void unmap(ip_address& address) noexcept {
  constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!std::equal(prefix.begin(), prefix.end(), address.bytes.begin()))
    return;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(address.bytes.begin() + 12, address.bytes.end(), bytes.begin());
  address = {ip_family::ipv4, bytes};
}

error no_address(std::string_view text) {
  return {errc::malformed, "no IP address: " + std::string{text.substr(0, ip_text_bytes_max)}};
}

bool starts_without_case(std::string_view text, std::string_view lower) noexcept {
  return text.size() >= lower.size()
         && std::equal(lower.begin(), lower.end(), text.begin(),
                       [](char want, char is) { return want == (is | 0x20) || want == is; });
}

} // namespace

bool ip_address::is_loopback() const noexcept {
  switch (family) {
    case ip_family::none: return false;
    case ip_family::ipv4: return bytes[0] == 127;
    case ip_family::ipv6:
      return bytes[15] == 1
             && std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
  }
  return false;
}

result<ip_address> parse_ip_address(std::string_view text) {
  std::array<char, ip_text_bytes_max + 1> terminated{};
  if (text.empty() || text.size() > ip_text_bytes_max || text.find('\0') != text.npos)
    return no_address(text);
  std::copy(text.begin(), text.end(), terminated.begin());
  ip_address address;
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data()) == 1) {
    address.family = ip_family::ipv4;
    return address;
  }
  address.bytes = {};
  if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1)
    return no_address(text);
  address.family = ip_family::ipv6;
  unmap(address);
  return address;
}

result<ip_address> parse_ip_literal(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']')
    return no_address(text);
  auto inner = text.substr(1, text.size() - 2);
  const bool tagged = starts_without_case(inner, "ipv6:");
  if (tagged)
    inner.remove_prefix(5);
  // The tag and a colon go together: "[::1]" and "[IPv6:192.0.2.1]" are no literals.
  if (tagged != (inner.find(':') != inner.npos))
    return no_address(text);
  return parse_ip_address(inner);
}

std::string to_string(const ip_address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.family == ip_family::none)
    return {};
  inet_ntop(address.family == ip_family::ipv4 ? AF_INET : AF_INET6, address.bytes.data(),
            text.data(), text.size());
  return text.data();
}

std::string to_literal(const ip_address& address) {
  return (address.family == ip_family::ipv6 ? "[IPv6:" : "[") + to_string(address) + ']';
}

bool ip_network::contains(const ip_address& peer) const noexcept {
  return peer.family == address.family && peer.family != ip_family::none
         && masked(peer.bytes, prefix_bits) == address.bytes;
}

result<ip_network> parse_ip_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address)
    return address.error();
  ip_network network{*address, width_bits(address->family)};
  if (slash == text.npos)
    return network;
  const auto digits = text.substr(slash + 1);
  const auto [end, failure]
    = std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix_bits);
  if (failure != std::errc{} || end != digits.data() + digits.size() || digits.size() > 3
      || network.prefix_bits > width_bits(address->family))
    return error{errc::malformed, "no prefix length: " + std::string{digits.substr(0, 16)}};
  if (masked(address->bytes, network.prefix_bits) != address->bytes)
    return error{errc::malformed, "bits set after the prefix: " + std::string{text}};
  return network;
}

std::string to_string(const ip_network& network) {
  return to_string(network.address) + '/' + std::to_string(network.prefix_bits);
}

} // namespace troupe
