// Says what is wrong with the shape of a delivery status notification, for tests
// and for the fuzzer: whatever a remote said, these must hold.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troupe::support {

struct dsn_shape {
  std::string flaw;                 ///< Empty: none.
  std::vector<std::string> headers; ///< Unfolded, of the message itself.
  std::vector<std::string> parts;   ///< With their headers.

  [[nodiscard]] std::string header(std::string_view name) const {
    for (const auto& each : headers)
      if (each.starts_with(std::string{name} + ": "))
        return each.substr(name.size() + 2);
    return {};
  }
};

/// Header fields up to the empty line, unfolded; `rest` is what follows.
inline std::vector<std::string> read_fields(std::string_view text, std::string_view& rest) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 2);
    if (line.empty())
      break;
    if (line.front() == ' ' && !fields.empty())
      fields.back() += line;
    else
      fields.emplace_back(line);
  }
  rest = text;
  return fields;
}

inline dsn_shape shape_of(const std::string& bytes) {
  dsn_shape shape;
  const auto flawed = [&shape](std::string what) {
    shape.flaw = std::move(what);
    return shape;
  };
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0')
      return flawed("NUL");
    if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
      return flawed("bare LF");
    if (bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] != '\n'))
      return flawed("bare CR");
    if (bytes[i] == '\r') {
      if (i - line_start > 998)
        return flawed("a line of " + std::to_string(i - line_start));
      line_start = i + 2;
    }
  }
  if (!bytes.ends_with("\r\n"))
    return flawed("no CRLF at the end");

  std::string_view rest;
  shape.headers = read_fields(bytes, rest);
  const std::vector<std::string> wanted{
    "Date",         "From",         "To",
    "Subject",      "Message-ID",   "Auto-Submitted",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
  if (shape.headers.size() != wanted.size())
    return flawed("not the nine fields");
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!shape.headers[i].starts_with(wanted[i] + ": "))
      return flawed("field " + shape.headers[i]);

  const auto type = shape.header("Content-Type");
  const auto quote = type.find("boundary=\"");
  if (quote == type.npos)
    return flawed("no boundary");
  const auto mark = "--" + type.substr(quote + 10, type.size() - quote - 11);
  std::string body{rest};
  auto at = body.find("\r\n" + mark + "\r\n");
  while (at != body.npos) {
    const auto from = at + mark.size() + 4;
    const auto next = body.find("\r\n" + mark, from);
    if (next == body.npos)
      return flawed("a part without end");
    shape.parts.push_back(body.substr(from, next - from));
    at = body.compare(next + 2 + mark.size(), 2, "--") == 0 ? body.npos : next;
    if (at == body.npos && next + mark.size() + 6 != body.size())
      return flawed("something after the last part");
  }
  if (shape.parts.size() != 3)
    return flawed(std::to_string(shape.parts.size()) + " parts");
  std::size_t marks = 0;
  for (auto found = body.find(mark); found != body.npos; found = body.find(mark, found + 1))
    ++marks;
  if (marks != 4)
    return flawed("the boundary stands in a part");
  const bool declared = shape.header("Content-Transfer-Encoding") == "8bit";
  for (const char c : bytes)
    if (static_cast<unsigned char>(c) >= 0x80 && !declared)
      return flawed("8-bit and not declared");
  return shape;
}

/// The groups of fields in the status part: of the message first, then of each recipient.
inline std::vector<std::vector<std::string>> status_groups(const std::string& part) {
  std::string_view rest;
  (void)read_fields(part, rest);
  std::vector<std::vector<std::string>> groups;
  while (!rest.empty()) {
    const auto from = rest;
    groups.push_back(read_fields(from, rest));
  }
  return groups;
}

} // namespace troupe::support
