#include "actors/policy/routing.hpp"

#include "actors/policy/plain_text.hpp"
#include "actors/policy/status_code.hpp"
#include "net/core/expect.hpp"
#include "net/core/ip_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

namespace troupe::policy {

namespace {

constexpr std::uint16_t smtp_port = 25;
constexpr std::uint16_t lmtp_port = 24;
constexpr std::size_t fail_text_bytes_max = 400;
constexpr std::size_t unix_path_bytes_max = 107; // sun_path, without its end

constexpr std::array<std::pair<next_hop_kind, std::string_view>, 8> kind_names{{
  {next_hop_kind::mx, "mx"},
  {next_hop_kind::smtp_host, "smtp"},
  {next_hop_kind::lmtp_host, "lmtp"},
  {next_hop_kind::lmtp_unix, "lmtp:unix"},
  {next_hop_kind::maildir, "maildir"},
  {next_hop_kind::discard, "discard"},
  {next_hop_kind::fail, "fail"},
  {next_hop_kind::hold, "hold"},
}};

constexpr std::array<std::pair<tls_policy, std::string_view>, 5> tls_names{{
  {tls_policy::off, "off"},
  {tls_policy::may, "may"},
  {tls_policy::required, "required"},
  {tls_policy::dane, "dane"},
  {tls_policy::verified, "verified"},
}};

error bad_via(std::string_view via) {
  return {errc::malformed, "no next hop: " + one_line(via, 200)};
}

bool is_host(std::string_view host) noexcept {
  return !host.empty() && host.size() <= domain_bytes_max && host.front() != '.'
         && host.front() != '-' && std::all_of(host.begin(), host.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || c == '.' || c == '-' || c == '_';
            });
}

/// "host", "host:25", "[::1]", "[::1]:25".
bool split_host_port(std::string_view text, next_hop& into) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == text.npos)
      return false;
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!parse_ip_address(host) || (!rest.empty() && rest.front() != ':'))
      return false;
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const auto colon = text.find(':');
    has_port = colon != text.npos;
    host = text.substr(0, colon);
    port = has_port ? text.substr(colon + 1) : std::string_view{};
    if (!is_host(host))
      return false;
  }
  into.host = ascii_lower(host);
  if (!has_port)
    return true;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), into.port);
  return failure == std::errc{} && end == port.data() + port.size() && into.port != 0;
}

std::string host_key(std::string_view protocol, const next_hop& hop) {
  const bool bracketed = hop.host.find(':') != hop.host.npos;
  return std::string{protocol} + ':' + (bracketed ? '[' + hop.host + ']' : hop.host) + ':'
         + std::to_string(hop.port);
}

bool allowed_for_domain(next_hop_kind kind) noexcept {
  switch (kind) {
    case next_hop_kind::smtp_host:
    case next_hop_kind::lmtp_host:
    case next_hop_kind::lmtp_unix:
    case next_hop_kind::maildir:
    case next_hop_kind::discard: return true;
    case next_hop_kind::mx:
    case next_hop_kind::fail:
    case next_hop_kind::hold: return false;
  }
  return false;
}

bool allowed_for_rule(next_hop_kind kind) noexcept {
  return kind != next_hop_kind::maildir && kind != next_hop_kind::discard;
}

const std::shared_ptr<const hop_terms>& default_terms() {
  static const auto terms = std::make_shared<const hop_terms>();
  return terms;
}

/// Gives hops that share a name but not their terms or text names of their own.
class key_keeper {
public:
  void settle(next_hop& hop) {
    if (hop.kind == next_hop_kind::mx)
      return; // named after the domain, and a domain has one rule
    auto& known = users_[hop.key];
    for (const auto& [terms, text, key] : known)
      if (*terms == *hop.terms && text == hop.text) {
        hop.key = key;
        return;
      }
    if (!known.empty())
      hop.key += '~' + std::to_string(hop.rule);
    known.emplace_back(hop.terms, hop.text, hop.key);
  }

private:
  using user = std::tuple<std::shared_ptr<const hop_terms>, std::string, std::string>;
  std::map<std::string, std::vector<user>> users_;
};

} // namespace

std::string_view to_string(next_hop_kind kind) noexcept {
  for (const auto& [value, name] : kind_names)
    if (value == kind)
      return name;
  return {};
}

std::string_view to_string(tls_policy tls) noexcept {
  for (const auto& [value, name] : tls_names)
    if (value == tls)
      return name;
  return {};
}

result<tls_policy> parse_tls_policy(std::string_view text) {
  for (const auto& [value, name] : tls_names)
    if (name == text)
      return value;
  return error{errc::malformed,
               "tls is off, may, required, dane or verified, not " + one_line(text, 64)};
}

result<next_hop> parse_via(std::string_view via) {
  next_hop hop;
  hop.terms = default_terms();
  const auto colon = via.find(':');
  const auto word = via.substr(0, colon);
  const auto rest = colon == via.npos ? std::string_view{} : via.substr(colon + 1);
  hop.key = word;
  if (colon == via.npos) {
    if (word == "mx" || word == "discard" || word == "hold") {
      hop.kind = word == "mx"        ? next_hop_kind::mx
                 : word == "discard" ? next_hop_kind::discard
                                     : next_hop_kind::hold;
      return hop;
    }
  } else if (word == "fail" && !one_line(rest, fail_text_bytes_max).empty()) {
    hop.kind = next_hop_kind::fail;
    hop.text = one_line(rest, fail_text_bytes_max);
    return hop;
  } else if (word == "maildir" && !rest.empty() && rest.find('\0') == rest.npos) {
    hop.kind = next_hop_kind::maildir;
    hop.path = rest;
    hop.key = via;
    return hop;
  } else if (word == "lmtp" && rest.starts_with("unix:")) {
    hop.kind = next_hop_kind::lmtp_unix;
    hop.path = rest.substr(5);
    hop.key = via;
    if (!hop.path.empty() && hop.path.size() <= unix_path_bytes_max
        && hop.path.find('\0') == hop.path.npos)
      return hop;
  } else if (word == "smtp" || word == "lmtp") {
    hop.kind = word == "smtp" ? next_hop_kind::smtp_host : next_hop_kind::lmtp_host;
    hop.port = word == "smtp" ? smtp_port : lmtp_port;
    if (split_host_port(rest, hop)) {
      hop.key = host_key(word, hop);
      return hop;
    }
  }
  return bad_via(via);
}

reply fail_reply(const next_hop& hop) {
  // "5dd 5.d{1,3}.d{1,3} text"
  const std::string_view text = hop.text;
  const auto first = text.find(' ');
  const auto second = first == text.npos ? first : text.find(' ', first + 1);
  if (second != text.npos && first == 3 && text[0] == '5') {
    const auto code = text.substr(0, 3);
    const auto enhanced = text.substr(4, second - 4);
    int number = 0;
    const auto [end, failure] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (failure == std::errc{} && end == code.data() + code.size()
        && is_enhanced_code(enhanced, '5'))
      return {number, std::string{enhanced}, {std::string{text.substr(second + 1)}}};
  }
  return {550, "5.7.1", {hop.text}};
}

bool is_final(next_hop_kind kind) noexcept {
  switch (kind) {
    case next_hop_kind::lmtp_host:
    case next_hop_kind::lmtp_unix:
    case next_hop_kind::maildir:
    case next_hop_kind::discard: return true;
    case next_hop_kind::mx:
    case next_hop_kind::smtp_host:
    case next_hop_kind::fail:
    case next_hop_kind::hold: return false;
  }
  return false;
}

result<routing_table> routing_table::make(const std::vector<route_options>& rules,
                                          std::shared_ptr<const local_domains> local) {
  TROUPE_EXPECT(local != nullptr);
  routing_table table;
  table.local_ = std::move(local);
  key_keeper keys;
  for (const auto& domain : table.local_->options()) {
    auto hop = parse_via(domain.deliver);
    if (!hop || !allowed_for_domain(hop->kind))
      return error{errc::malformed, "domain " + domain.name
                                      + ": deliver is maildir:, lmtp:, smtp: or discard, not "
                                      + one_line(domain.deliver, 200)};
    if (hop->kind == next_hop_kind::maildir)
      hop->key = "maildir:" + domain_key(domain.name);
    keys.settle(*hop);
    table.by_domain_.push_back(std::move(*hop));
  }
  table.by_rule_.push_back(*parse_via("mx"));
  for (const auto& rule : rules) {
    const auto number = static_cast<std::uint32_t>(table.by_rule_.size());
    auto hop = parse_via(rule.via);
    if (!hop || !allowed_for_rule(hop->kind))
      return error{errc::malformed, "route " + std::to_string(number)
                                      + ": via is mx, smtp:, lmtp:, fail: or hold, not "
                                      + one_line(rule.via, 200)};
    hop->rule = number;
    hop->terms = std::make_shared<const hop_terms>(rule.terms);
    keys.settle(*hop);
    table.by_rule_.push_back(std::move(*hop));
    for (const auto& pattern : rule.match)
      if (const auto added = table.patterns_.add(pattern, number); !added)
        return error{added.error().code,
                     "route " + std::to_string(number) + ": " + added.error().detail};
  }
  return table;
}

next_hop routing_table::find_next_hop(const mailbox& to) const {
  TROUPE_EXPECT(!to.is_null());
  const auto key = domain_key(to.domain.empty() ? local_->home() : to.domain);
  if (const auto domain = local_->index_of_key(key))
    return by_domain_[*domain];
  auto hop = by_rule_[patterns_.find_key(key).value_or(0)];
  if (hop.kind == next_hop_kind::mx) {
    hop.key += ':';
    hop.key += key;
    hop.host = key;
  }
  return hop;
}

} // namespace troupe::policy
