#include "net/authentication/tag_list.hpp"

#include "net/core/address_text.hpp"
#include "net/core/header_section.hpp"

#include <algorithm>

namespace troupe::authentication {

namespace {

bool is_tag_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

std::string packed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !is_blank(c); });
  return out;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(trimmed(text.substr(0, end)));
    if (end == text.npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  constexpr std::size_t digits_max = 18;
  if (text.empty() || text.size() > digits_max || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text)
    value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

result<tag_list> tag_list::parse(std::string_view text) {
  tag_list made;
  while (!text.empty()) {
    const auto end = text.find(';');
    const auto one = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (trimmed(one).empty() && text.empty())
      break; // a final semicolon
    const auto equals = one.find('=');
    if (equals == one.npos)
      return error{errc::malformed, "a tag without a value"};
    const auto name = trimmed(one.substr(0, equals));
    if (!is_tag_name(name))
      return error{errc::malformed, "a tag's name is none"};
    if (made.find(name))
      return error{errc::malformed, "a tag stands twice"};
    if (made.tags_.size() >= tags_max)
      return error{errc::malformed, "too many tags"};
    made.tags_.emplace_back(name, trimmed(one.substr(equals + 1)));
  }
  return made;
}

std::optional<std::string_view> tag_list::find(std::string_view name) const {
  const auto at = std::find_if(tags_.begin(), tags_.end(), [&](const auto& tag) { return tag.first == name; });
  if (at == tags_.end())
    return std::nullopt;
  return at->second;
}

std::optional<std::string> tag_list::find_packed(std::string_view name) const {
  const auto value = find(name);
  return value ? std::optional{packed(*value)} : std::nullopt;
}

std::string_view tag_list::first() const { return tags_.empty() ? std::string_view{} : tags_.front().first; }

} // namespace troupe::authentication
