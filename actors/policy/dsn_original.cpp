#include "actors/policy/dsn_original.hpp"

#include "actors/policy/header_field.hpp"
#include "actors/policy/plain_text.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

/// True for CRLF lines within the bound, without bare CR, bare LF or NUL.
bool has_proper_lines(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto end = text.find_first_of(std::string_view{"\r\n\0", 3});
    if (end == text.npos)
      return text.size() <= line_bytes_max;
    if (end > line_bytes_max || text.substr(end, 2) != "\r\n")
      return false;
    text.remove_prefix(end + 2);
  }
  return true;
}

/// Header lines up to the empty one or to the end, each mended.
std::string mended_headers(std::string_view text) {
  std::string headers;
  headers.reserve(std::min(text.size(), std::size_t{8} * 1024));
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == text.npos)
      break; // cut by the reader's bound, or never ended
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty())
      break;
    line = line.substr(0, line_bytes_max);
    const auto from = headers.size();
    headers += line;
    std::replace_if(
      headers.begin() + static_cast<std::ptrdiff_t>(from), headers.end(),
      [](char c) { return c == '\r' || c == '\0'; }, '?');
    headers += "\r\n";
  }
  return headers;
}

bool wants_whole(const notice& what, const dsn_original& original) noexcept {
  const bool failure = what.cause == notice_cause::failed || what.cause == notice_cause::expired;
  return failure && what.ret != dsn_return::headers && original.bytes.size() == original.total_bytes
         && original.total_bytes <= dsn_original_bytes_max && has_proper_lines(original.bytes);
}

/// The header's end is part of what must be readable: UTF-8 there needs "global".
bool has_utf8_headers(std::string_view headers) noexcept {
  return !is_ascii(headers) && is_utf8(headers);
}

} // namespace

returned_part return_original(const notice& what, const dsn_original& original) {
  const auto known = original.bytes.substr(0, dsn_original_bytes_max);
  const bool whole = wants_whole(what, original);
  auto headers = mended_headers(known);
  // RFC 6533 §4: the global types are for mail that came with SMTPUTF8.
  const bool global = what.smtputf8 && has_utf8_headers(headers);
  returned_part part;
  part.eight_bit = !is_ascii(whole ? known : std::string_view{headers});
  part.bytes = whole ? "Content-Description: Original message\r\n"
                     : "Content-Description: Headers of the original message\r\n";
  part.bytes += "Content-Type: ";
  part.bytes += whole    ? (global ? "message/global" : "message/rfc822")
                : global ? "message/global-headers"
                         : "text/rfc822-headers";
  part.bytes += "\r\nContent-Transfer-Encoding: ";
  part.bytes += part.eight_bit ? "8bit" : "7bit";
  part.bytes += "\r\n\r\n";
  part.bytes += whole ? known : std::string_view{headers};
  if (!part.bytes.ends_with("\r\n"))
    part.bytes += "\r\n";
  return part;
}

} // namespace troupe::policy
