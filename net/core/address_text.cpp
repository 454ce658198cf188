#include "net/core/address_text.hpp"

#include <algorithm>
#include <array>

namespace troupe {

namespace {

constexpr auto atext = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c)
    table[static_cast<std::size_t>(c)] = is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  for (const char c : std::string_view{"!#$%&'*+-/=?^_`{|}~"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

} // namespace

bool is_atext(char c) noexcept { return atext[static_cast<unsigned char>(c)]; }

std::size_t utf8_letter(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto first = byte(0);
  const std::size_t size = first >= 0xC2 && first <= 0xDF ? 2
                           : first >= 0xE0 && first <= 0xEF ? 3
                           : first >= 0xF0 && first <= 0xF4 ? 4
                                                            : 0;
  if (size == 0 || text.size() < size)
    return 0;
  for (std::size_t i = 1; i < size; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xBF)
      return 0;
  // Overlong forms, surrogates, and what lies above U+10FFFF.
  const bool forbidden = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)
                         || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F);
  return forbidden ? 0 : size;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto size = is_ascii(text.front()) ? 1 : utf8_letter(text);
    if (size == 0)
      return false;
    text.remove_prefix(size);
  }
  return true;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

} // namespace troupe
