// Makes hostile text fit for a line that others will read: no control characters,
// no line ends, no end in sight unless there is a bound.

#pragma once

#include <string>
#include <string_view>

namespace troupe::policy {

/// Printable ASCII in one line: white space of every kind becomes single spaces,
/// anything else becomes '?'. Above `bytes_max` it is cut and ends in "...".
/// @pre bytes_max >= 3
[[nodiscard]] std::string one_line(std::string_view text, std::size_t bytes_max);

/// The same, but well-formed UTF-8 beyond ASCII stays (RFC 6533 allows it).
[[nodiscard]] std::string one_line_utf8(std::string_view text, std::size_t bytes_max);

[[nodiscard]] bool is_ascii(std::string_view text) noexcept;
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Lower case of ASCII letters; other bytes stay.
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] bool equal_without_case(std::string_view a, std::string_view b) noexcept;

} // namespace troupe::policy
