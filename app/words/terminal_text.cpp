#include "app/words/terminal_text.hpp"

#include "net/core/address_text.hpp"

#include <cstdint>

namespace troupe::app {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

std::uint32_t code_point(std::string_view letter) {
  const auto lead = static_cast<unsigned char>(letter.front());
  std::uint32_t value = lead & (0xffu >> (letter.size() + 1));
  for (const char each : letter.substr(1))
    value = value << 6 | (static_cast<unsigned char>(each) & 0x3fu);
  return value;
}

bool is_obeyed(std::uint32_t letter) {
  return (letter >= 0x80 && letter <= 0x9f)                          // C1 controls
         || letter == 0x061c || letter == 0x200e || letter == 0x200f // marks of direction
         || (letter >= 0x2028 && letter <= 0x202e) // separators, embeddings, overrides
         || (letter >= 0x2066 && letter <= 0x2069) // isolates
         || letter == 0xfeff || (letter >= 0xfff9 && letter <= 0xfffb);
}

void append_byte(std::string& to, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  to += "\\x";
  to += digits[value >> 4];
  to += digits[value & 15];
}

void append_letter(std::string& to, std::uint32_t letter) {
  std::string hex;
  for (; letter != 0; letter >>= 4)
    hex.insert(hex.begin(), digits[letter & 15]);
  to += "\\u{" + hex + '}';
}

enum class shape { one_line, many_lines };

std::string escape(std::string_view text, shape wanted) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const char first = text.front();
    std::size_t taken = 1;
    if (is_printable(first)) {
      safe += first;
    } else if (const auto size = utf8_letter(text); size > 0) {
      taken = size;
      if (const auto letter = code_point(text.substr(0, size)); is_obeyed(letter))
        append_letter(safe, letter);
      else
        safe += text.substr(0, size);
    } else if (wanted == shape::many_lines && text.starts_with("\r\n")) {
      taken = 2;
      safe += '\n';
    } else if (wanted == shape::many_lines && (first == '\n' || first == '\t')) {
      safe += first;
    } else {
      append_byte(safe, first);
    }
    text.remove_prefix(taken);
  }
  return safe;
}

} // namespace

std::string terminal_line(std::string_view text) {
  return escape(text, shape::one_line);
}

std::string terminal_lines(std::string_view text) {
  return escape(text, shape::many_lines);
}

} // namespace troupe::app
