// The macros of SPF (RFC 7208 §7).

#include "net/authentication/spf_record.hpp"
#include "net/core/address_text.hpp"

#include <algorithm>
#include <vector>

namespace troupe::authentication {

namespace {

constexpr std::size_t name_bytes_max = 253;
constexpr std::string_view delimiters = ".-+,/_=";
constexpr std::string_view hex = "0123456789abcdef";

struct macro {
  char letter = 0;
  unsigned keep = 0; ///< Parts from the right; 0: all.
  bool reverse = false;
  std::string_view split = ".";
  std::size_t bytes = 0; ///< With percent and braces; 0: it is none.
};

/// @pre text begins with "%{"
macro read_macro(std::string_view text) {
  const auto end = text.find('}');
  if (end == text.npos || end < 3)
    return {};
  macro made;
  auto inner = text.substr(2, end - 2);
  made.letter = inner.front();
  inner.remove_prefix(1);
  if (std::string_view{"slodiphcrtvSLODIPHCRTV"}.find(made.letter) == std::string_view::npos)
    return {};
  bool has_digits = false;
  while (!inner.empty() && is_digit(inner.front())) {
    has_digits = true;
    made.keep = std::min(made.keep * 10 + static_cast<unsigned>(inner.front() - '0'), 1000u);
    inner.remove_prefix(1);
  }
  if (has_digits && made.keep == 0)
    return {};
  if (!inner.empty() && to_lower(inner.front()) == 'r') {
    made.reverse = true;
    inner.remove_prefix(1);
  }
  if (inner.find_first_not_of(delimiters) != inner.npos)
    return {};
  if (!inner.empty())
    made.split = inner;
  made.bytes = end + 1;
  return made;
}

std::string dotted(const ip_address& address) {
  if (address.family == ip_family::ipv4)
    return to_string(address);
  std::string out;
  for (const auto byte : address.bytes) {
    if (!out.empty())
      out += '.';
    out += hex[byte >> 4];
    out += '.';
    out += hex[byte & 15];
  }
  return out;
}

std::string value_of(char letter, const spf_facts& facts, std::string_view domain, std::string_view validated) {
  switch (to_lower(letter)) {
    case 's': return facts.sender_local + "@" + facts.sender_domain;
    case 'l': return facts.sender_local;
    case 'o': return facts.sender_domain;
    case 'd': return std::string(domain);
    case 'i': return dotted(facts.client);
    case 'p': return std::string(validated);
    case 'v': return facts.client.family == ip_family::ipv6 ? "ip6" : "in-addr";
    case 'h': return facts.helo;
    default: return {};
  }
}

std::string transformed(const std::string& value, const macro& how) {
  std::vector<std::string_view> parts;
  std::string_view rest = value;
  for (;;) {
    const auto end = rest.find_first_of(how.split);
    parts.push_back(rest.substr(0, end));
    if (end == rest.npos)
      break;
    rest.remove_prefix(end + 1);
  }
  if (how.reverse)
    std::reverse(parts.begin(), parts.end());
  if (how.keep > 0 && how.keep < parts.size())
    parts.erase(parts.begin(), parts.end() - how.keep);
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0)
      out += '.';
    out += parts[i];
  }
  return out;
}

/// RFC 3986 §2.3.
std::string url_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += static_cast<char>(byte >> 4 < 10 ? '0' + (byte >> 4) : 'A' + (byte >> 4) - 10);
    out += static_cast<char>((byte & 15) < 10 ? '0' + (byte & 15) : 'A' + (byte & 15) - 10);
  }
  return out;
}

} // namespace

bool is_macro_string(std::string_view text, bool in_names) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      if (text[at] <= ' ' || text[at] > '~')
        return false;
      continue;
    }
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '%' || next == '_' || next == '-') {
      ++at;
      continue;
    }
    if (next != '{')
      return false;
    const auto one = read_macro(text.substr(at));
    if (one.bytes == 0)
      return false;
    const char letter = to_lower(one.letter);
    if (in_names && (letter == 'c' || letter == 'r' || letter == 't'))
      return false;
    at += one.bytes - 1;
  }
  return true;
}

bool asks_for_validated(std::string_view spec) noexcept {
  return spec.find("%{p") != spec.npos || spec.find("%{P") != spec.npos;
}

std::string expand_macros(std::string_view spec, const spf_facts& facts, std::string_view domain,
                          std::string_view validated) {
  std::string out;
  for (std::size_t at = 0; at < spec.size(); ++at) {
    if (spec[at] != '%') {
      out += spec[at];
      continue;
    }
    if (spec[at + 1] != '{') {
      out += spec[at + 1] == '%' ? "%" : spec[at + 1] == '_' ? " " : "%20";
      ++at;
      continue;
    }
    const auto one = read_macro(spec.substr(at));
    const auto value = transformed(value_of(one.letter, facts, domain, validated), one);
    out += one.letter >= 'a' ? value : url_escaped(value);
    at += one.bytes - 1;
  }
  if (out.ends_with('.'))
    out.pop_back();
  while (out.size() > name_bytes_max) {
    const auto dot = out.find('.');
    if (dot == out.npos)
      break;
    out.erase(0, dot + 1);
  }
  return out;
}

} // namespace troupe::authentication
