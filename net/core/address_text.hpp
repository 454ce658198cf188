// The small pieces of the address grammar (RFC 5321 §4.1.2, RFC 6531 §3.3) that
// mailboxes, paths and parameters are read with.

#pragma once

#include <cstddef>
#include <string_view>

namespace troupe {

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}
[[nodiscard]] constexpr bool is_printable(char c) noexcept { return c >= ' ' && c <= '~'; }

/// RFC 5322 §3.2.3, ASCII only.
[[nodiscard]] bool is_atext(char c) noexcept;

/// How many bytes of `text` its first character takes when that is well-formed UTF-8
/// and not ASCII (RFC 3629 §4); else 0.
[[nodiscard]] std::size_t utf8_letter(std::string_view text) noexcept;

/// True when `text` is well-formed UTF-8 throughout; ASCII is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace troupe
