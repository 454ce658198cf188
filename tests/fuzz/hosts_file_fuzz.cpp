// Any text as a hosts file: names within the bounds, and what is read reads the same
// when it is written out.

#include "net/core/expect.hpp"
#include "net/core/mailbox.hpp"
#include "net/dns/hosts_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const auto table = dns::parse_hosts_file({reinterpret_cast<const char*>(data), size});
  TROUPE_EXPECT(table.size() <= dns::host_table_names_max);
  std::string printed;
  for (const auto& [name, addresses] : table) {
    TROUPE_EXPECT(!addresses.empty() && addresses.size() <= dns::host_table_addresses_max);
    for (const auto& each : addresses)
      printed += to_string(each) + ' ' + name + ".\n";
  }
  TROUPE_EXPECT(dns::parse_hosts_file(printed) == table);
  return 0;
}
