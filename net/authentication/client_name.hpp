// The name of a client, as its address has it in the DNS, if that name leads back to the
// address (iprev of RFC 8601 §3).

#pragma once

#include "net/authentication/dns_book.hpp"
#include "net/core/ip_address.hpp"

#include <optional>
#include <string>

namespace troupe::authentication {

/// Names of one address that are looked at; whoever has more has one of them.
inline constexpr std::size_t client_names_max = 3;

struct client_name {
  std::string confirmed; ///< Leads back to the address; or "".
  std::string claimed;   ///< The first that the address has, confirmed or not; or "".
};

/// Nothing where the book lacks an answer. This host's own addresses are "localhost"
/// (RFC 6761 §6.3), which nobody is asked about.
[[nodiscard]] std::optional<client_name> find_client_name(const ip_address& address, dns_book& book);

/// "1.2.0.192.in-addr.arpa".
/// @pre address.family != ip_family::none
[[nodiscard]] std::string reverse_name(const ip_address& address);

} // namespace troupe::authentication
