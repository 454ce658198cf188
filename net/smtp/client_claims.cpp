#include "net/smtp/client_claims.hpp"

#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"
#include "net/smtp/command.hpp"
#include "net/smtp/peer_name.hpp"
#include "net/smtp/xtext.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

constexpr std::size_t claimed_login_bytes_max = 255;

/// "[UNAVAILABLE]" is empty text here.
std::optional<std::string> claimed_value(std::string_view given) {
  auto text = decode_xtext(given);
  if (!text || !std::all_of(text->begin(), text->end(), is_printable))
    return std::nullopt;
  if (equal_ignoring_case(*text, "[UNAVAILABLE]") || equal_ignoring_case(*text, "[TEMPUNAVAIL]"))
    return std::string{};
  return text;
}

std::optional<ip_address> claimed_address(std::string_view text) {
  if (text.empty())
    return ip_address{};
  constexpr std::string_view prefix = "IPV6:";
  const bool prefixed = text.size() > prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
  const auto parsed = parse_ip_address(prefixed ? text.substr(prefix.size()) : text);
  if (!parsed)
    return std::nullopt;
  return *parsed;
}

std::optional<std::uint16_t> claimed_port(std::string_view text) {
  if (text.empty())
    return std::uint16_t{0};
  const auto number = parse_size(text);
  if (!number || *number > 65535)
    return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// False: it is no value of that attribute, or was said before.
bool take_claim(std::string_view keyword, std::string text, client_claims& into) {
  const auto is = [&](std::string_view name) { return equal_ignoring_case(keyword, name); };
  const auto set = [](auto& field, auto value) {
    const bool fresh = !field && value;
    field = std::move(value);
    return fresh;
  };
  if (is("ADDR"))
    return set(into.address, claimed_address(text));
  if (is("PORT"))
    return set(into.port, claimed_port(text));
  if (is("PROTO"))
    return (equal_ignoring_case(text, "SMTP") || equal_ignoring_case(text, "ESMTP"))
           && set(into.extended, std::optional{equal_ignoring_case(text, "ESMTP")});
  if (is("HELO"))
    return (text.empty() || is_peer_name(text)) && set(into.hello, std::optional{std::move(text)});
  if (is("NAME"))
    return (text.empty() || is_peer_name(text)) && set(into.name, std::optional{std::move(text)});
  if (is("LOGIN"))
    return text.size() <= claimed_login_bytes_max && set(into.login, std::optional{std::move(text)});
  // Where the client wanted to go decides nothing here; it is read so that it may be said.
  if (is("DESTADDR"))
    return claimed_address(text).has_value();
  if (is("DESTPORT"))
    return claimed_port(text).has_value();
  return false;
}

} // namespace

std::optional<client_claims> parse_client_claims(std::string_view args) {
  client_claims all;
  bool any = false;
  for (parameter one;;) {
    switch (read_parameter(args, one)) {
      case parameter_read::none_left: return any ? std::optional{std::move(all)} : std::nullopt;
      case parameter_read::malformed: return std::nullopt;
      case parameter_read::one: break;
    }
    auto text = one.value ? claimed_value(*one.value) : std::nullopt;
    if (!text || !take_claim(one.keyword, std::move(*text), all))
      return std::nullopt;
    any = true;
  }
}

} // namespace troupe::smtp
