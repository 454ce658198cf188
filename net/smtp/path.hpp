// Reverse and forward paths (RFC 5321 §4.1.2): what MAIL FROM: and RCPT TO: name.

#pragma once

#include "net/core/mailbox.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::smtp {

enum class path_kind : std::uint8_t {
  reverse, ///< May be the null path "<>".
  forward, ///< May be "<postmaster>", in any case of letters.
};

/// RFC 5321 §4.5.3.1.3, with the angle brackets.
inline constexpr std::size_t path_bytes_max = 256;

struct path {
  mailbox who;
  std::string_view rest; ///< What stands after it, from its space on.
};

/// Reads the path at the start of `text`. A source route is checked and dropped
/// (§3.6.1, appendix C). Fails with malformed or limit_exceeded.
[[nodiscard]] result<path> parse_path(std::string_view text, path_kind kind, utf8 letters);

} // namespace troupe::smtp
