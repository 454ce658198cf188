#include "net/core/mailbox.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr std::size_t label_bytes_max = 63; // RFC 1035 §2.3.4

/// How many bytes of a character that `letters` lets stand beside ASCII.
std::size_t foreign_letter(std::string_view text, utf8 letters) {
  return letters == utf8::allowed ? utf8_letter(text) : 0;
}

/// The length of the Dot-string at the start of `text`; 0 when there is none.
std::size_t dot_string(std::string_view text, utf8 letters) {
  std::size_t at = 0;
  bool atom_begun = false;
  while (at < text.size()) {
    if (text[at] == '.' && atom_begun) {
      atom_begun = false;
      ++at;
      continue;
    }
    const auto size = is_atext(text[at]) ? 1 : foreign_letter(text.substr(at), letters);
    if (size == 0)
      break;
    atom_begun = true;
    at += size;
  }
  return atom_begun ? at : 0; // a dot at either end, or two in a row, is no Dot-string
}

/// Reads a Quoted-string at the start of `text` into `meaning`; returns its length, 0
/// when it is none.
std::size_t quoted_string(std::string_view text, utf8 letters, std::string& meaning) {
  for (std::size_t at = 1; at < text.size();) {
    const char c = text[at];
    if (c == '"')
      return at + 1;
    if (c == '\\') {
      if (at + 1 >= text.size() || !is_printable(text[at + 1]))
        return 0;
      meaning += text[at + 1];
      at += 2;
      continue;
    }
    const auto size = is_printable(c) ? 1 : foreign_letter(text.substr(at), letters);
    if (size == 0)
      return 0;
    meaning += text.substr(at, size);
    at += size;
  }
  return 0;
}

bool is_label(std::string_view label, utf8 letters) {
  if (label.empty() || label.size() > label_bytes_max || label.front() == '-' || label.back() == '-')
    return false;
  for (std::size_t at = 0; at < label.size();) {
    const char c = label[at];
    const bool plain = is_letter(c) || is_digit(c) || c == '-';
    const auto size = plain ? 1 : foreign_letter(label.substr(at), letters);
    if (size == 0)
      return false;
    at += size;
  }
  return true;
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    std::size_t digits = 0;
    int value = 0;
    while (digits < text.size() && digits < 4 && is_digit(text[digits]))
      value = value * 10 + (text[digits++] - '0');
    if (digits == 0 || digits > 3 || value > 255)
      return false;
    text.remove_prefix(digits);
    if (part < 3) {
      if (text.empty() || text.front() != '.')
        return false;
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

bool is_group(std::string_view text) {
  return !text.empty() && text.size() <= 4 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f');
  });
}

/// Counts the 16-bit groups of `text`, an IPv4 tail as two; -1 when one is none.
int groups_of(std::string_view text, bool may_end_in_ipv4) {
  int count = 0;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (colon == std::string_view::npos && may_end_in_ipv4 && is_ipv4(group))
      return count + 2;
    if (!is_group(group) || colon + 1 == text.size())
      return -1;
    ++count;
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
  }
  return count;
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos)
    return groups_of(text, true) == 8;
  const int before = groups_of(text.substr(0, gap), false);
  const int after = groups_of(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after < 8;
}

/// Standardized-tag ":" 1*dcontent, for tags that may come.
bool is_general_literal(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_label(text.substr(0, colon), utf8::refused))
    return false;
  const auto content = text.substr(colon + 1);
  return !content.empty() && std::all_of(content.begin(), content.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '[' && c != ']' && c != '\\';
  });
}

bool needs_quotes(const std::string& local) {
  return dot_string(local, utf8::allowed) != local.size() || local.empty();
}

} // namespace

std::string to_string(const mailbox& who) {
  if (who.is_null())
    return {};
  std::string text;
  text.reserve(who.local.size() + who.domain.size() + 3);
  if (needs_quotes(who.local)) {
    text += '"';
    for (const char c : who.local) {
      if (c == '"' || c == '\\')
        text += '\\';
      text += c;
    }
    text += '"';
  } else {
    text += who.local;
  }
  if (!who.domain.empty())
    (text += '@') += who.domain;
  return text;
}

std::string domain_key(std::string_view domain) {
  if (domain.ends_with('.'))
    domain.remove_suffix(1);
  std::string key{domain};
  std::transform(key.begin(), key.end(), key.begin(), to_lower);
  return key;
}

result<mailbox> parse_mailbox(std::string_view text, utf8 letters) {
  mailbox who;
  std::size_t size = 0;
  if (text.starts_with('"')) {
    size = quoted_string(text, letters, who.local);
  } else {
    size = dot_string(text, letters);
    who.local = text.substr(0, size);
  }
  if (size == 0)
    return error{errc::malformed, "local part"};
  if (size == text.size() || text[size] != '@')
    return error{errc::malformed, "no @ after the local part"};
  if (size > local_part_bytes_max)
    return error{errc::limit_exceeded, "local_part_bytes_max"};
  const auto domain = text.substr(size + 1);
  if (domain.size() > domain_bytes_max)
    return error{errc::limit_exceeded, "domain_bytes_max"};
  if (!is_domain(domain, letters) && !is_address_literal(domain))
    return error{errc::malformed, "domain"};
  who.domain = domain;
  return who;
}

bool is_domain(std::string_view text, utf8 letters) {
  if (text.empty() || text.size() > domain_bytes_max)
    return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot), letters))
      return false;
    if (dot == std::string_view::npos)
      return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_address_literal(std::string_view text) {
  if (text.size() < 2 || text.size() > domain_bytes_max || text.front() != '[' || text.back() != ']')
    return false;
  const auto inside = text.substr(1, text.size() - 2);
  if (equal_ignoring_case(inside.substr(0, 5), "IPv6:"))
    return is_ipv6(inside.substr(5));
  return is_ipv4(inside) || is_general_literal(inside);
}

} // namespace troupe
