#include "net/core/header_section.hpp"

namespace troupe {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// The first `line` with its end; all of it where there is none.
std::string_view first_line(std::string_view text) noexcept {
  const auto end = text.find('\n');
  return text.substr(0, end == text.npos ? end : end + 1);
}

bool is_empty_line(std::string_view line) noexcept { return line == "\r\n" || line == "\n"; }

header_field field_of(std::string_view whole) noexcept {
  header_field made{whole, {}, {}};
  auto text = whole;
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  const auto colon = text.find(':');
  if (colon == text.npos)
    return made;
  made.name = trimmed(text.substr(0, colon));
  made.value = text.substr(colon + 1);
  return made;
}

} // namespace

std::string_view trimmed(std::string_view value) noexcept {
  const auto from = value.find_first_not_of(blanks);
  if (from == value.npos)
    return {};
  return value.substr(from, value.find_last_not_of(blanks) - from + 1);
}

header_section split_header(std::string_view message, std::size_t fields_max) {
  header_section found;
  std::size_t at = 0;
  while (at < message.size() && found.fields.size() < fields_max) {
    auto bytes = first_line(message.substr(at)).size();
    if (is_empty_line(message.substr(at, bytes))) {
      found.complete = true;
      found.bytes = at;
      found.text_from = at + bytes;
      return found;
    }
    while (at + bytes < message.size() && (message[at + bytes] == ' ' || message[at + bytes] == '\t'))
      bytes += first_line(message.substr(at + bytes)).size();
    found.fields.push_back(field_of(message.substr(at, bytes)));
    at += bytes;
  }
  found.bytes = at;
  found.text_from = at;
  return found;
}

} // namespace troupe
