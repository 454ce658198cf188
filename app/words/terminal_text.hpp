// Text from mail on its way to a terminal. What a terminal would obey (escape
// sequences, bells, changes of direction) becomes visible instead.

#pragma once

#include <string>
#include <string_view>

namespace troupe::app {

/// One line: control characters of C0 and C1, DEL, line and paragraph separators,
/// marks of direction and bytes that are no UTF-8 become "\x1b" or "\u{202e}", and a
/// backslash stays as it is. All other UTF-8 stays.
[[nodiscard]] std::string terminal_line(std::string_view text);

/// The same for many lines: tabs and line ends stay, CRLF becomes a line end.
[[nodiscard]] std::string terminal_lines(std::string_view text);

} // namespace troupe::app
