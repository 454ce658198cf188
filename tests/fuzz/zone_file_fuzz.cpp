// Any text as a zone file: it is refused, or it prints as a zone that reads back as
// itself, with nothing in it that is no name.

#include "net/core/expect.hpp"
#include "net/core/mailbox.hpp"
#include "net/dns/mail_route.hpp"
#include "net/dns/zone_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace troupe;
  const auto zone = dns::parse_zone_file({reinterpret_cast<const char*>(data), size});
  if (!zone) {
    TROUPE_EXPECT(zone.error().detail.find('\n') == std::string::npos);
    return 0;
  }
  TROUPE_EXPECT(zone->records.size() <= dns::zone_records_max);
  std::string printed;
  for (const auto& name : zone->origins) {
    TROUPE_EXPECT(dns::is_host_name(name) && domain_key(name) == name);
    printed += "$ORIGIN " + name + ".\n";
  }
  for (const auto& each : zone->records) {
    TROUPE_EXPECT(dns::is_host_name(each.name) && domain_key(each.name) == each.name);
    const auto line = to_string(each);
    TROUPE_EXPECT(line.find_first_of("\r\n") == std::string::npos);
    printed += line + '\n';
  }
  const auto again = dns::parse_zone_file(printed);
  TROUPE_EXPECT(again && again->origins == zone->origins && again->records == zone->records);
  return 0;
}
