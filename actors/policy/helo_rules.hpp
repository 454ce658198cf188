// What a stranger may call itself. RFC 5321 §4.1.4 wants nobody refused because a name is
// not its own; but who comes in our name, or in none, is hardly ever a mail server.

#pragma once

#include "net/core/ip_address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

struct helo_rules {
  bool refuse_own_name = false; ///< Our host name, or an address of ours as a literal.
  bool refuse_bare_ip = false;  ///< "192.0.2.7" without brackets.
  bool refuse_no_domain = false; ///< Neither a full domain name nor an address literal.
  std::string own_name;          ///< Lower case.
  std::vector<ip_address> own_addresses;
};

enum class helo_verdict { fine, own_name, bare_ip, no_domain };

[[nodiscard]] helo_verdict check_helo(const helo_rules& rules, std::string_view name);

} // namespace troupe::policy
