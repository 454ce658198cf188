// Where things are, as the configuration names them: sockets, next hops and
// mailstores, parsed once and compared as values.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::app {

/// Of a socket in the file system: sun_path without its final zero.
inline constexpr std::size_t socket_path_bytes_max = 107;

/// "127.0.0.1:25", "[::1]:25", "relay.test:25" or "unix:/path".
struct endpoint {
  std::string host;       ///< IPv4, IPv6 without brackets, or a name; empty for a socket in the file system.
  std::uint16_t port = 0;
  std::string path;       ///< Of the socket; empty otherwise.

  [[nodiscard]] bool is_unix() const noexcept { return !path.empty(); }
  [[nodiscard]] bool is_empty() const noexcept { return host.empty() && path.empty(); } ///< "": off.

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// At most `count` deliveries in `per`. "1000/1m".
struct rate_limit {
  std::uint32_t count = 0;  ///< Zero: no limit.
  seconds per{0};           ///< One second to one day.

  [[nodiscard]] bool is_limited() const noexcept { return count != 0; }

  friend bool operator==(const rate_limit&, const rate_limit&) = default;
};

/// More is a slip.
inline constexpr std::uint32_t rate_count_max = 10'000'000;

enum class via_kind : std::uint8_t { mx, smtp, lmtp, fail, hold };

/// How a rule sends mail on.
struct via {
  via_kind kind = via_kind::mx;
  endpoint hop;       ///< Of smtp and lmtp.
  std::string text;   ///< Of fail: what the sender reads in the bounce.

  friend bool operator==(const via&, const via&) = default;
};

enum class deliver_kind : std::uint8_t { maildir, lmtp, smtp, discard };

/// Where a domain's mail ends.
struct deliver {
  deliver_kind kind = deliver_kind::maildir;
  endpoint hop;      ///< Of smtp and lmtp.
  std::string path;  ///< Of maildir; {domain} and {user} are filled in at delivery, {data_dir} is already.

  friend bool operator==(const deliver&, const deliver&) = default;
};

/// As the configuration spells it; parsing it again gives the same value.
[[nodiscard]] std::string to_string(const endpoint& at);
[[nodiscard]] std::string to_string(const rate_limit& rate);
[[nodiscard]] std::string to_string(const via& how);
[[nodiscard]] std::string to_string(const deliver& how);

enum class host_names : std::uint8_t { refused, allowed };

/// All fail with malformed; detail says what is wrong in the operator's words.
/// The port of smtp: and lmtp: may be left out: 25 and 24.
[[nodiscard]] result<endpoint> parse_endpoint(std::string_view text, host_names names);
[[nodiscard]] result<rate_limit> parse_rate(std::string_view text);
[[nodiscard]] result<via> parse_via(std::string_view text);
[[nodiscard]] result<deliver> parse_deliver(std::string_view text);

} // namespace troupe::app
