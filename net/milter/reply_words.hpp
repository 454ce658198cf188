// A reply that a filter wants its client to read, as words of ours: hostile until it
// has passed here.

#pragma once

#include "net/core/reply.hpp"
#include "net/core/result.hpp"

#include <cstddef>
#include <string_view>

namespace troupe::milter {

inline constexpr std::size_t reply_lines_max = 32;       ///< As smfi_setmlreply.
inline constexpr std::size_t reply_line_bytes_max = 400; ///< Longer ones are cut: RFC 5321 §4.5.3.1.5.

/// "550 5.7.1 No", or several lines "550-5.7.1 No" CRLF "550 5.7.1 Not at all". Doubled
/// percent signs, as libmilter sends them, become one. What can't be shown becomes '?'.
/// Fails with malformed where it is no 4xx or 5xx reply.
[[nodiscard]] result<reply> parse_reply(std::string_view text);

} // namespace troupe::milter
