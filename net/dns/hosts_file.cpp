#include "net/dns/hosts_file.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>
#include <utility>

namespace troupe::dns {

namespace {

/// Cuts the next word off `line`; empty at its end.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view blanks = " \t\r\f\v";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const auto word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

} // namespace

host_table parse_hosts_file(std::string_view text) {
  host_table table;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto address = parse_ip_address(next_word(line));
    if (!address)
      continue;
    for (auto name = next_word(line); !name.empty(); name = next_word(line)) {
      const auto key = domain_key(name);
      if (table.size() >= host_table_names_max && !table.contains(key))
        return table;
      auto& known = table[key];
      if (known.size() < host_table_addresses_max
          && std::find(known.begin(), known.end(), *address) == known.end())
        known.push_back(*address);
    }
  }
  return table;
}

} // namespace troupe::dns
