// Header fields that stay within a line length and never begin a second field.

#pragma once

#include <string>
#include <string_view>

namespace troupe::policy {

inline constexpr std::size_t field_line_bytes_wanted = 78; ///< RFC 5322 §2.1.1.
inline constexpr std::size_t line_bytes_max = 998;         ///< The same, without CRLF.

/// Appends "Name: value" CRLF, folded at spaces. A word that fits no line is cut
/// by a fold at UTF-8 letters, as the only way to keep the line bound.
/// @pre value is one line, as one_line makes it, and not empty
void append_field(std::string& out, std::string_view name, std::string_view value);

} // namespace troupe::policy
