// What a listener asks of those who come in, beside SMTP itself: immutable, a part of its
// inbound_rules.

#pragma once

#include "actors/policy/block_lists.hpp"
#include "actors/policy/helo_rules.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/time.hpp"

#include <algorithm>
#include <vector>

namespace troupe::actors {

/// A balancer says whom it speaks for at once, or not at all.
inline constexpr seconds proxy_header_wait_max{10};

struct door_rules {
  std::vector<ip_network> proxies;   ///< Whose connections begin with a PROXY header.
  std::vector<ip_network> claimants; ///< Who may say XCLIENT.
  milliseconds greet_delay{0};       ///< Who speaks earlier is refused; 0: nobody is.
  policy::helo_rules helo;
  policy::block_list_rules block_lists;
  milliseconds block_list_wait = seconds{5}; ///< Lists that have said nothing by then say nothing.
  bool greylists = false;

  /// True for those who come in the name of others, and are not to be limited for them.
  [[nodiscard]] bool speaks_for_others(const ip_address& who) const {
    return is_in(proxies, who) || is_in(claimants, who);
  }

  [[nodiscard]] static bool is_in(const std::vector<ip_network>& networks, const ip_address& who) {
    return std::any_of(networks.begin(), networks.end(), [&](const ip_network& each) { return each.contains(who); });
  }
};

} // namespace troupe::actors
