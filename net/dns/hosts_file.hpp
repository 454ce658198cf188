// The hosts file (hosts(5)): names that the operator has given addresses to.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::dns {

using host_table = std::map<std::string, std::vector<ip_address>, std::less<>>; ///< By domain key.

/// Names beyond it are not read.
inline constexpr std::size_t host_table_names_max = 10'000;
/// More addresses of a name are not read.
inline constexpr std::size_t host_table_addresses_max = 10;

/// As the C library does, leaves out lines that are none.
[[nodiscard]] host_table parse_hosts_file(std::string_view text);

} // namespace troupe::dns
