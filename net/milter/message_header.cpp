#include "net/milter/message_header.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::milter {

namespace {

/// RFC 5322 §2.2: printable, no colon, no space.
bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 256
         && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

/// A value that can't begin another field, nor end the header: every line end in it is
/// CRLF and a space or tab stands behind it.
std::string fold(std::string_view value) {
  std::string out;
  out.reserve(value.size() + 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c != '\r' && c != '\n') {
      out += c;
      continue;
    }
    if (c == '\r' && i + 1 < value.size() && value[i + 1] == '\n')
      ++i;
    // An empty line would end the header, one of blanks is obsolete: both are left out.
    const auto next = value.find_first_not_of(" \t\r\n", i + 1);
    if (next == value.npos)
      break;
    out += "\r\n";
    const auto line = value.find_last_of("\r\n", next);
    if (line + 1 == next)
      out += '\t';
    else
      out += value.substr(line + 1, next - line - 1);
    i = next - 1;
  }
  return out;
}

} // namespace

result<std::optional<message_header::cut>> message_header::read(std::string_view bytes, bool is_whole,
                                                                std::size_t above_own) {
  cut found;
  auto& fields = found.header.fields_;
  std::size_t at = 0;
  while (true) {
    if (at > header_bytes_max || fields.size() > header_fields_max)
      return error{errc::limit_exceeded, "the header is too long for filters"};
    const auto end = bytes.find("\r\n", at);
    if (end == bytes.npos && !is_whole) {
      if (bytes.size() > header_bytes_max)
        return error{errc::limit_exceeded, "the header is too long for filters"};
      return std::optional<cut>{};
    }
    const auto line = bytes.substr(at, end == bytes.npos ? end : end - at);
    const auto next = end == bytes.npos ? bytes.size() : end + 2;
    if (line.empty()) {
      found.has_separator = end != bytes.npos;
      found.body_at = next;
      break;
    }
    if ((line.front() == ' ' || line.front() == '\t') && !fields.empty()) {
      fields.back().body += "\r\n";
      fields.back().body += line;
    } else {
      const auto colon = line.find(':');
      auto name = line.substr(0, colon);
      while (colon != line.npos && !name.empty() && (name.back() == ' ' || name.back() == '\t'))
        name.remove_suffix(1); // RFC 5322 §4.5.1: blanks before the colon are obsolete
      if (colon == line.npos || !is_name(name)) {
        found.body_at = at;
        break;
      }
      fields.push_back({std::string(name), std::string(line.substr(colon + 1)), fields.size() == above_own});
    }
    at = next;
  }
  found.header.bytes_ = found.body_at;
  return std::optional<cut>{std::move(found)};
}

result<message_header::field> message_header::make(std::string_view name, std::string_view value,
                                                   leading_space how) const {
  if (!is_name(name))
    return error{errc::malformed, "a filter names no header field"};
  if (fields_.size() >= header_fields_max || bytes_ + name.size() + value.size() > 2 * header_bytes_max)
    return error{errc::limit_exceeded, "filters made the header too long"};
  auto body = fold(value);
  if (how == leading_space::implied)
    body.insert(body.begin(), ' ');
  return field{std::string(name), std::move(body), false};
}

status message_header::add(std::string_view name, std::string_view value, leading_space how) {
  return insert(UINT32_MAX, name, value, how);
}

status message_header::insert(std::uint32_t place, std::string_view name, std::string_view value,
                              leading_space how) {
  auto made = make(name, value, how);
  if (!made)
    return made.error();
  bytes_ += made->name.size() + made->body.size() + 3;
  const auto at = std::min<std::size_t>(place, fields_.size());
  fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(at), std::move(*made));
  return {};
}

status message_header::change(std::uint32_t nth, std::string_view name, std::string_view value,
                              leading_space how) {
  auto left = std::max<std::uint32_t>(nth, 1);
  const auto known = std::ranges::find_if(fields_, [&](const field& each) {
    return !each.hidden && equal_ignoring_case(each.name, name) && --left == 0;
  });
  if (value.empty()) {
    if (known != fields_.end())
      fields_.erase(known);
    return {};
  }
  if (known == fields_.end())
    return add(name, value, how);
  auto made = make(known->name, value, how);
  if (!made)
    return made.error();
  bytes_ += made->body.size();
  *known = std::move(*made);
  return {};
}

std::string message_header::text() const {
  std::string out;
  out.reserve(bytes_ + 64);
  for (const auto& each : fields_) {
    out += each.name;
    out += ':';
    out += each.body;
    out += "\r\n";
  }
  return out;
}

} // namespace troupe::milter
