#include "net/authentication/client_name.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::authentication {

std::string reverse_name(const ip_address& address) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  if (address.family == ip_family::ipv4) {
    for (std::size_t i = 4; i-- > 0;)
      out += std::to_string(address.bytes[i]) + ".";
    return out + "in-addr.arpa";
  }
  for (std::size_t i = 16; i-- > 0;) {
    out += hex[address.bytes[i] & 15];
    out += '.';
    out += hex[address.bytes[i] >> 4];
    out += '.';
  }
  return out + "ip6.arpa";
}

std::optional<client_name> find_client_name(const ip_address& address, dns_book& book) {
  if (address.family == ip_family::none || address.is_loopback())
    return client_name{"localhost", "localhost"};
  const auto* const names = book.find(reverse_name(address), record_type::ptr);
  if (names == nullptr)
    return std::nullopt;
  client_name found;
  const auto type = address.family == ip_family::ipv4 ? record_type::a : record_type::aaaa;
  for (std::size_t i = 0; i < std::min(names->texts.size(), client_names_max); ++i) {
    const auto name = domain_key(names->texts[i]);
    // It is told to filters and may stand in their fields.
    if (!is_domain(name))
      continue;
    if (found.claimed.empty())
      found.claimed = name;
    const auto* const answer = book.find(name, type);
    if (answer == nullptr)
      return std::nullopt;
    if (std::find(answer->addresses.begin(), answer->addresses.end(), address) != answer->addresses.end()) {
      found.confirmed = name;
      break;
    }
  }
  return found;
}

} // namespace troupe::authentication
