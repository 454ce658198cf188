#include "actors/policy/header_field.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

/// The start of a letter at or before `place`, so that no fold splits one.
std::size_t letter_start(std::string_view text, std::size_t place) noexcept {
  auto start = place;
  while (start > 0 && place - start < 4
         && (static_cast<unsigned char>(text[start]) & 0xC0u) == 0x80u)
    --start;
  return start > 0 ? start : place;
}

} // namespace

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ':';
  std::size_t used = name.size() + 1;
  bool has_word = false; // on this line: one without any may not be folded away
  while (!value.empty()) {
    const auto space = value.find(' ');
    auto word = value.substr(0, space);
    value.remove_prefix(space == value.npos ? value.size() : space + 1);
    while (!word.empty()) {
      auto bytes = word.size();
      if (used + 1 + bytes > field_line_bytes_wanted && has_word) {
        out += "\r\n";
        used = 0;
      }
      if (used + 1 + bytes > line_bytes_max)
        bytes = letter_start(word, line_bytes_max - used - 1);
      out += ' ';
      out += word.substr(0, bytes);
      used += 1 + bytes;
      has_word = true;
      word.remove_prefix(bytes);
    }
  }
  out += "\r\n";
}

} // namespace troupe::policy
