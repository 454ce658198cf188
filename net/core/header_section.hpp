// The header of a message cut into its fields (RFC 5322 §2.2), as all who look at it
// or change it count them: from the top, from zero, whatever they contain.

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace troupe {

/// Views into the bytes that were cut.
struct header_field {
  std::string_view whole; ///< With its folds and its last line end.
  std::string_view name;  ///< As spelled, without spaces before the colon; "" where there is no colon.
  std::string_view value; ///< After the colon, without the last line end; folds stay.
};

struct header_section {
  std::vector<header_field> fields;
  std::size_t bytes = 0;      ///< Of all fields; the empty line, where there is one, begins here.
  std::size_t text_from = 0;  ///< Where the text after the empty line begins.
  bool complete = false;      ///< The empty line was seen; else all of it is header.
};

/// Lines end in CRLF or LF. A last line without an end is a field too, but of a message
/// that goes on no one can say so: give it whole lines or all of it.
/// @param fields_max where so many were found, the rest counts as text
[[nodiscard]] header_section split_header(std::string_view message,
                                          std::size_t fields_max = static_cast<std::size_t>(-1));

/// Without white space, line ends included, around it.
[[nodiscard]] std::string_view trimmed(std::string_view value) noexcept;

} // namespace troupe
