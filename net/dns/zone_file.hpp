// A zone file that is answered here, for tests and split horizons: a small subset
// of RFC 1035 §5. Directives $ORIGIN and $TTL; A, AAAA, MX, CNAME and TXT; owner
// omitted means the last one; "@" is the origin; comments after ";". No
// parentheses, no wildcards, no SOA needed.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::dns {

struct zone_record {
  std::string name; ///< Domain key.
  std::uint32_t ttl = 0;
  std::string type; ///< "A", "AAAA", "MX" or "TXT".
  std::string data; ///< In presentation form, names in full and with their final dot.

  friend bool operator==(const zone_record&, const zone_record&) = default;
};

struct zone {
  /// Below each origin only this file answers: what it lacks does not exist.
  /// Records under no origin are answered here, all else about them by the servers.
  std::vector<std::string> origins;
  /// A CNAME is not in here: its name has copies of the records that it leads to.
  std::vector<zone_record> records;
};

inline constexpr std::size_t zone_records_max = 100'000;
inline constexpr std::size_t cname_steps_max = 8;
inline constexpr std::uint32_t zone_ttl_default = 300;

/// Fails with malformed, detail "line 7: …", or limit_exceeded.
[[nodiscard]] result<zone> parse_zone_file(std::string_view text);

/// One line as libunbound's local data takes it: "mx.test. 300 IN A 192.0.2.1".
[[nodiscard]] std::string to_string(const zone_record& record);

} // namespace troupe::dns
