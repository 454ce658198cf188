#include "app/config/places.hpp"

#include "app/config/quantity.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::app {

namespace {

constexpr std::uint16_t smtp_port = 25;
constexpr std::uint16_t lmtp_port = 24;
constexpr std::string_view unix_prefix = "unix:";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0)
    return std::nullopt;
  return port;
}

result<endpoint> parse_socket_path(std::string_view path) {
  if (path.empty())
    return error{errc::malformed, "has no path after unix:"};
  if (path.size() > socket_path_bytes_max)
    return error{errc::malformed, "has a socket path of more than 107 bytes"};
  return endpoint{{}, 0, std::string(path)};
}

/// "host", "host:port", "[v6]", "[v6]:port"; without default_port the port must be there.
result<endpoint> parse_host_port(std::string_view text, host_names names,
                                 std::optional<std::uint16_t> default_port) {
  const error grammar{errc::malformed, names == host_names::allowed
                                         ? "must be HOST:PORT, with an IPv6 address in brackets"
                                         : "must be ADDRESS:PORT, with an IPv6 address in brackets"};
  const bool bracketed = text.starts_with('[');
  const auto host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == text.npos)
    return grammar;
  const auto host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  auto rest = host_end == text.npos ? std::string_view{} : text.substr(host_end + (bracketed ? 1 : 0));
  endpoint at;
  if (rest.empty() && default_port) {
    at.port = *default_port;
  } else {
    if (!rest.starts_with(':'))
      return grammar;
    rest.remove_prefix(1);
    const auto port = parse_port(rest);
    if (!port)
      return error{errc::malformed, "has no port from 1 to 65535"};
    at.port = *port;
  }
  if (const auto address = parse_ip_address(host)) {
    if ((host.find(':') != host.npos) != bracketed)
      return grammar;
    at.host = to_string(*address);
    return at;
  }
  // A name whose last label is a number is a mistyped address.
  const auto last_label = host.substr(host.rfind('.') + 1);
  const bool numeric = last_label.find_first_not_of("0123456789") == last_label.npos;
  if (bracketed || numeric || names == host_names::refused || !is_domain(host))
    return error{errc::malformed, names == host_names::allowed
                                    ? "names no host and no address"
                                    : "is no IP address (a name is not enough here)"};
  at.host = domain_key(host);
  return at;
}

result<endpoint> parse_hop(std::string_view text, std::uint16_t port, bool unix_too) {
  if (unix_too && text.starts_with(unix_prefix))
    return parse_socket_path(text.substr(unix_prefix.size()));
  return parse_host_port(text, host_names::allowed, port);
}

/// Removes the prefix if it is there.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Only {domain} and {user} may stand in a Maildir's path.
std::optional<error> check_placeholders(std::string_view path) {
  for (auto at = path.find_first_of("{}"); at != path.npos; at = path.find_first_of("{}", at)) {
    const auto rest = path.substr(at);
    if (!rest.starts_with("{domain}") && !rest.starts_with("{user}"))
      return error{errc::malformed, "may have {data_dir}, {domain} and {user} in its path, no other braces"};
    at += rest.find('}') + 1;
  }
  return std::nullopt;
}

} // namespace

std::string to_string(const endpoint& at) {
  if (at.is_unix())
    return std::string(unix_prefix) + at.path;
  if (at.is_empty())
    return {};
  const bool is_ipv6 = at.host.find(':') != at.host.npos;
  return (is_ipv6 ? "[" + at.host + "]" : at.host) + ":" + std::to_string(at.port);
}

std::string to_string(const rate_limit& rate) {
  return rate.is_limited() ? std::to_string(rate.count) + "/" + print_duration(rate.per) : std::string();
}

std::string to_string(const via& how) {
  switch (how.kind) {
    case via_kind::mx: return "mx";
    case via_kind::smtp: return "smtp:" + to_string(how.hop);
    case via_kind::lmtp: return "lmtp:" + to_string(how.hop);
    case via_kind::fail: return "fail:" + how.text;
    case via_kind::hold: return "hold";
  }
  return {};
}

std::string to_string(const deliver& how) {
  switch (how.kind) {
    case deliver_kind::maildir: return "maildir:" + how.path;
    case deliver_kind::lmtp: return "lmtp:" + to_string(how.hop);
    case deliver_kind::smtp: return "smtp:" + to_string(how.hop);
    case deliver_kind::discard: return "discard";
  }
  return {};
}

result<endpoint> parse_endpoint(std::string_view text, host_names names) {
  if (take(text, unix_prefix))
    return parse_socket_path(text);
  return parse_host_port(text, names, std::nullopt);
}

result<rate_limit> parse_rate(std::string_view text) {
  const error grammar{errc::malformed, R"(must be a rate like "1000/1m": deliveries, then a time from 1s to 1d)"};
  const auto slash = text.find('/');
  if (slash == text.npos)
    return grammar;
  rate_limit rate;
  const auto parsed = std::from_chars(text.data(), text.data() + slash, rate.count);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + slash || rate.count == 0
      || rate.count > rate_count_max)
    return grammar;
  const auto per = parse_duration(text.substr(slash + 1));
  if (!per || *per < seconds{1} || *per > std::chrono::days{1} || *per % seconds{1} != per->zero())
    return grammar;
  rate.per = std::chrono::duration_cast<seconds>(*per);
  return rate;
}

result<via> parse_via(std::string_view text) {
  via how;
  if (text == "mx")
    return how;
  if (text == "hold") {
    how.kind = via_kind::hold;
    return how;
  }
  if (take(text, "fail:")) {
    how.kind = via_kind::fail;
    how.text = text;
    // It becomes a line of a reply.
    const bool printable = text.find_first_not_of(' ') != text.npos
                           && std::none_of(text.begin(), text.end(), [](unsigned char c) {
                                return c < 0x20 || c == 0x7F;
                              });
    if (!printable || text.size() > 400)
      return error{errc::malformed, "needs one line of text after fail:, at most 400 bytes"};
    return how;
  }
  const bool lmtp = text.starts_with("lmtp:");
  if (!take(text, "smtp:") && !take(text, "lmtp:"))
    return error{errc::malformed,
                 R"(must be "mx", "smtp:HOST:PORT", "lmtp:HOST:PORT", "lmtp:unix:/path", "fail:TEXT" or "hold")"};
  how.kind = lmtp ? via_kind::lmtp : via_kind::smtp;
  auto hop = parse_hop(text, lmtp ? lmtp_port : smtp_port, lmtp);
  if (!hop)
    return hop.error();
  how.hop = std::move(*hop);
  return how;
}

result<deliver> parse_deliver(std::string_view text) {
  deliver how;
  if (text == "discard") {
    how.kind = deliver_kind::discard;
    return how;
  }
  if (take(text, "maildir:")) {
    if (text.empty())
      return error{errc::malformed, "has no path after maildir:"};
    if (auto wrong = check_placeholders(text))
      return *wrong;
    how.path = text;
    return how;
  }
  const bool lmtp = text.starts_with("lmtp:");
  if (!take(text, "smtp:") && !take(text, "lmtp:"))
    return error{errc::malformed,
                 R"(must be "maildir:/path/{domain}/{user}", "lmtp:HOST:PORT", "lmtp:unix:/path", "smtp:HOST:PORT" or "discard")"};
  how.kind = lmtp ? deliver_kind::lmtp : deliver_kind::smtp;
  auto hop = parse_hop(text, lmtp ? lmtp_port : smtp_port, lmtp);
  if (!hop)
    return hop.error();
  how.hop = std::move(*hop);
  return how;
}

} // namespace troupe::app
