#include "net/authentication/spf_record.hpp"

#include "net/authentication/tag_list.hpp"
#include "net/core/address_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace troupe::authentication {

namespace {

constexpr std::string_view version = "v=spf1";

error bad(std::string why) { return {errc::malformed, std::move(why)}; }

bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

/// §7.1: the name ends in a macro, or in a label that could be a top level one.
bool is_domain_spec(std::string_view text) {
  if (text.empty() || !is_macro_string(text, true))
    return false;
  const auto percent = text.rfind('%');
  if (percent != text.npos && text.ends_with('}') && text.find('}', percent) == text.size() - 1)
    return true;
  if (text.ends_with('.'))
    text.remove_suffix(1);
  const auto dot = text.rfind('.');
  if (dot == text.npos)
    return false;
  const auto top = text.substr(dot + 1);
  return !top.empty() && is_alphanumeric(top.front()) && is_alphanumeric(top.back())
         && std::all_of(top.begin(), top.end(), [](char c) { return is_alphanumeric(c) || c == '-'; })
         && !std::all_of(top.begin(), top.end(), is_digit);
}

std::optional<unsigned> prefix_bits(std::string_view text, unsigned most) {
  if (text.size() > 3 || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  const auto value = whole_number(text);
  if (!value || *value > most)
    return std::nullopt;
  return static_cast<unsigned>(*value);
}

/// What follows the last `mark`, taken off with it, where that is digits alone. A slash
/// may stand in a name too.
std::optional<std::string_view> take_digits(std::string_view& text, std::string_view mark) {
  const auto at = text.rfind(mark);
  if (at == text.npos)
    return std::nullopt;
  const auto digits = text.substr(at + mark.size());
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
    return std::nullopt;
  text = text.substr(0, at);
  return digits;
}

/// "[/24][//64]" at the end of `text`, taken off.
status take_cidr(std::string_view& text, spf_directive& to) {
  if (const auto digits = take_digits(text, "//")) {
    const auto bits = prefix_bits(*digits, 128);
    if (!bits)
      return bad("a prefix length is none");
    to.ip6_bits = *bits;
  }
  if (const auto digits = take_digits(text, "/")) {
    const auto bits = prefix_bits(*digits, 32);
    if (!bits)
      return bad("a prefix length is none");
    to.ip4_bits = *bits;
  }
  return {};
}

/// Bits behind the prefix are allowed here.
result<ip_network> parse_loose_network(std::string_view text, ip_family family, unsigned most) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  const auto bits = slash == text.npos ? std::optional{most} : prefix_bits(text.substr(slash + 1), most);
  // An IPv4 address that is mapped is kept as IPv4: no ip6 network contains such a client.
  const bool mapped = family == ip_family::ipv6 && address && address->family == ip_family::ipv4
                      && text.find(':') != text.npos;
  if (!address || !bits || (address->family != family && !mapped))
    return bad("an address is none");
  ip_network network{*address, *bits};
  if (mapped) {
    network.address = {};
    return network;
  }
  for (unsigned bit = *bits; bit < most; ++bit)
    network.address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
  return network;
}

std::optional<spf_mechanism> mechanism_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, spf_mechanism>, 8> all{{
    {"all", spf_mechanism::all}, {"include", spf_mechanism::include}, {"a", spf_mechanism::a},
    {"mx", spf_mechanism::mx}, {"ptr", spf_mechanism::ptr}, {"ip4", spf_mechanism::ip4},
    {"ip6", spf_mechanism::ip6}, {"exists", spf_mechanism::exists}}};
  for (const auto& [text, what] : all)
    if (equal_ignoring_case(name, text))
      return what;
  return std::nullopt;
}

result<spf_directive> parse_directive(std::string_view term) {
  spf_directive made;
  switch (term.front()) {
    case '-': made.matched = spf_outcome::fail; break;
    case '~': made.matched = spf_outcome::softfail; break;
    case '?': made.matched = spf_outcome::neutral; break;
    default: break;
  }
  if (term.front() == '+' || made.matched != spf_outcome::pass)
    term.remove_prefix(1);
  const auto name_end = std::min(term.find_first_of(":/"), term.size());
  const auto mechanism = mechanism_of(term.substr(0, name_end));
  if (!mechanism)
    return bad("an unknown mechanism");
  made.mechanism = *mechanism;
  auto rest = term.substr(name_end);
  const bool named = rest.starts_with(':');
  if (made.mechanism == spf_mechanism::ip4 || made.mechanism == spf_mechanism::ip6) {
    if (!named)
      return bad("an address is missing");
    const bool is_ip4 = made.mechanism == spf_mechanism::ip4;
    auto network = parse_loose_network(rest.substr(1), is_ip4 ? ip_family::ipv4 : ip_family::ipv6,
                                       is_ip4 ? 32 : 128);
    if (!network)
      return network.error();
    made.network = *network;
    return made;
  }
  if (made.mechanism == spf_mechanism::a || made.mechanism == spf_mechanism::mx)
    if (const auto taken = take_cidr(rest, made); !taken)
      return taken.error();
  const bool needs_domain = made.mechanism == spf_mechanism::include || made.mechanism == spf_mechanism::exists;
  if (rest.empty() && !needs_domain)
    return made;
  if (made.mechanism == spf_mechanism::all || !rest.starts_with(':') || !is_domain_spec(rest.substr(1)))
    return bad("a domain is none");
  made.domain = rest.substr(1);
  return made;
}

/// The name of a modifier, or "" where the term is none.
std::string_view modifier_name(std::string_view term) {
  const auto equals = term.find('=');
  if (equals == term.npos || equals == 0 || !is_letter(term.front()))
    return {};
  const auto name = term.substr(0, equals);
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  return good ? name : std::string_view{};
}

} // namespace

std::string_view to_string(spf_outcome what) noexcept {
  switch (what) {
    case spf_outcome::none: return "none";
    case spf_outcome::neutral: return "neutral";
    case spf_outcome::pass: return "pass";
    case spf_outcome::fail: return "fail";
    case spf_outcome::softfail: return "softfail";
    case spf_outcome::temperror: return "temperror";
    case spf_outcome::permerror: return "permerror";
  }
  return "none";
}

bool is_spf_record(std::string_view text) noexcept {
  return text.size() >= version.size() && equal_ignoring_case(text.substr(0, version.size()), version)
         && (text.size() == version.size() || text[version.size()] == ' ');
}

result<spf_record> parse_spf_record(std::string_view text) {
  spf_record made;
  bool explained = false;
  std::size_t terms = 0;
  for (auto rest = text.substr(version.size()); !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size()); // no other white space separates
    const auto term = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (term.empty())
      continue;
    if (++terms > spf_terms_max)
      return bad("too many terms");
    if (!std::all_of(term.begin(), term.end(), is_printable))
      return bad("a letter that is none");
    const auto name = modifier_name(term);
    if (name.empty()) {
      auto directive = parse_directive(term);
      if (!directive)
        return directive.error();
      made.directives.push_back(std::move(*directive));
      continue;
    }
    const auto value = term.substr(name.size() + 1);
    if (equal_ignoring_case(name, "redirect")) {
      if (!made.redirect.empty() || !is_domain_spec(value))
        return bad("a redirect that is none");
      made.redirect = value;
    } else if (equal_ignoring_case(name, "exp")) {
      if (std::exchange(explained, true) || !is_domain_spec(value))
        return bad("an exp that is none");
    } else if (!is_macro_string(value, false)) {
      return bad("a modifier that is none");
    }
  }
  return made;
}

} // namespace troupe::authentication
