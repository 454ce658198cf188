#include "actors/policy/plain_text.hpp"

#include <algorithm>
#include <cstdint>

namespace troupe::policy {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Length of the well-formed sequence at the start (RFC 3629 §4), or 0.
std::size_t sequence_bytes(std::string_view text) noexcept {
  const auto at = [text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u;
  };
  const auto tail = [&at](std::size_t i) { return (at(i) & 0xC0u) == 0x80u; };
  const unsigned first = at(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && at(1) < 0xA0;
    const bool surrogate = first == 0xED && at(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && at(1) < 0x90;
    const bool beyond = first == 0xF4 && at(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

/// U+0080 to U+009F are control characters too, and U+2028 and U+2029 end lines.
bool is_control(std::string_view sequence) noexcept {
  return (sequence.size() == 2 && sequence[0] == '\xC2'
          && static_cast<std::uint8_t>(sequence[1]) < 0xA0)
         || sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9";
}

enum class letters { ascii, utf8 };

std::string cleaned(std::string_view text, std::size_t bytes_max, letters allowed) {
  std::string line;
  line.reserve(std::min(text.size(), bytes_max));
  std::size_t whole = 0; // where line may be cut to make room for the dots
  for (std::size_t i = 0; i < text.size();) {
    std::size_t taken = 1;
    std::string_view shown = text.substr(i, 1);
    const auto c = static_cast<std::uint8_t>(text[i]);
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      shown = line.empty() || line.back() == ' ' ? "" : " ";
    } else if (c < ' ' || c == 0x7F) {
      shown = "?";
    } else if (c >= 0x80) {
      const auto bytes = allowed == letters::utf8 ? sequence_bytes(text.substr(i)) : 0;
      const auto sequence = text.substr(i, bytes);
      if (bytes > 0)
        taken = bytes;
      shown = bytes > 0 && !is_control(sequence) ? sequence : "?";
    }
    if (line.size() + shown.size() > bytes_max) {
      line.resize(whole);
      line += "...";
      return line;
    }
    line += shown;
    if (line.size() + 3 <= bytes_max)
      whole = line.size();
    i += taken;
  }
  if (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

} // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
  return cleaned(text, bytes_max, letters::ascii);
}

std::string one_line_utf8(std::string_view text, std::size_t bytes_max) {
  return cleaned(text, bytes_max, letters::utf8);
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto bytes = sequence_bytes(text);
    if (bytes == 0)
      return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string ascii_lower(std::string_view text) {
  std::string low{text};
  std::transform(low.begin(), low.end(), low.begin(), lower);
  return low;
}

bool equal_without_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

} // namespace troupe::policy
