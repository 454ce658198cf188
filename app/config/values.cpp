#include "app/config/values.hpp"

#include "app/config/environment.hpp"
#include "app/config/value_text.hpp"
#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::app {

namespace {

constexpr std::string_view data_dir_mark = "{data_dir}";
constexpr std::size_t node_name_bytes_max = 64;
constexpr std::size_t reply_bytes_max = 200;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool is_node_name(std::string_view text, std::string_view also = {}) {
  return !text.empty() && text.size() <= node_name_bytes_max
         && std::all_of(text.begin(), text.end(), [also](char c) {
              return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-'
                     || also.find(c) != also.npos;
            });
}

bool is_domain_name(std::string_view text) {
  return !text.empty() && text.front() != '[' && is_domain(text);
}

bool is_pattern(std::string_view text) {
  return is_domain_name(text.starts_with("*.") ? text.substr(2) : text);
}

std::string check_path(std::string_view text) {
  return has_control(text) ? "has a control character in its path" : "";
}

/// What is wrong with the text, or empty.
std::string check_text(std::string_view text, text_kind kind) {
  switch (kind) {
    case text_kind::any: return has_control(text) ? "has a control character in it" : "";
    case text_kind::node_name:
      return is_node_name(text) ? "" : "must be 1 to 64 letters, digits, dots, dashes or underscores";
    case text_kind::node_pattern:
      return is_node_name(text, "*?") ? "" : R"(must be a node's name, or a pattern like "mx-*")";
    case text_kind::host_name: return is_domain_name(text) ? "" : "is no valid domain name";
    case text_kind::data_dir:
      if (text.empty() || text.find_first_of("{}") != text.npos)
        return "must be a path without braces";
      return check_path(text);
    case text_kind::path: return check_path(text);
    case text_kind::socket_path:
      if (text.empty() || text.size() > socket_path_bytes_max)
        return "must be a path of 1 to 107 bytes, as for every socket";
      return check_path(text);
    case text_kind::domain_pattern:
      return text == "*" || is_pattern(text) ? "" : R"(must be "*", a domain name, or "*." and a domain name)";
    case text_kind::relay_pattern:
      if (text == "*")
        return "would be an open relay; name the domains";
      return is_pattern(text) ? "" : R"(must be a domain name, or "*." and a domain name)";
    case text_kind::certificate_name:
      return is_pattern(text) ? "" : R"(must be a domain name, or "*." and a domain name)";
    case text_kind::local_part:
      if (text.empty() || text.size() > local_part_bytes_max || has_control(text))
        return "must be a local part of 1 to 64 bytes";
      return text.find('@') == text.npos ? "" : "must be a local part without a domain";
    case text_kind::credentials:
      return text.empty() || text.find(':') != text.npos ? "" : R"(must be "name:password")";
    case text_kind::sender_grant:
      return text == "*" || (text.starts_with('@') && is_domain_name(text.substr(1))) || parse_mailbox(text, utf8::allowed)
               ? ""
               : R"(must be an address, "@" and a domain, or "*")";
    case text_kind::user_name:
      return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isgraph(c) != 0; })
               ? ""
               : "is no name of a user";
    case text_kind::file_mode:
      return text.size() == 4 && text.front() == '0' && text.find_first_not_of("01234567") == text.npos
               ? ""
               : R"(must be octal permissions such as "0660")";
    case text_kind::reply_text:
      return text.size() <= reply_bytes_max
                 && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; })
               ? ""
               : "must be at most 200 characters of printable ASCII";
    case text_kind::milter_address: {
      const bool inet = text.starts_with("inet:");
      const auto at = parse_endpoint(inet ? text.substr(5) : text, host_names::allowed);
      return at && at->is_unix() != inet ? "" : R"(must be "inet:HOST:PORT" or "unix:/path")";
    }
  }
  return "";
}

bool folds_case(text_kind kind) {
  return kind == text_kind::domain_pattern || kind == text_kind::relay_pattern
         || kind == text_kind::certificate_name;
}

} // namespace

std::string value_reader::with_data_dir(std::string text) const {
  for (auto at = text.find(data_dir_mark); at != text.npos;
       at = text.find(data_dir_mark, at + data_dir.size()))
    text.replace(at, data_dir_mark.size(), data_dir);
  return text;
}

std::optional<std::string> value_reader::text(const toml::node& from) {
  const auto* const given = from.as_string();
  if (given == nullptr) {
    wrong(from, "must be a string, in quotes");
    return std::nullopt;
  }
  auto expanded = expand_environment(given->get(), around.environment);
  if (!expanded) {
    wrong(from, expanded.error().detail);
    return std::nullopt;
  }
  return std::move(*expanded);
}

const toml::array* value_reader::list(const toml::node& from, std::string_view of_what) {
  const auto* const given = from.as_array();
  if (given == nullptr)
    wrong(from, "must be a list of " + std::string(of_what) + ", in brackets");
  return given;
}

void value_reader::read(const toml::node& from, std::string& to, const text_rule& rule) {
  auto given = text(from);
  if (!given)
    return;
  if (rule.kind == text_kind::path || rule.kind == text_kind::socket_path)
    given = with_data_dir(std::move(*given));
  if (const auto what = check_text(*given, rule.kind); !what.empty())
    wrong(from, "\"" + *given + "\" " + what);
  else if (rule.must == presence::required && given->empty())
    wrong(from, "must not be empty");
  else
    to = folds_case(rule.kind) ? domain_key(*given) : *given;
}

void value_reader::read(const toml::node& from, std::uint32_t& to, const count_rule& rule) {
  const auto* const given = from.as_integer();
  if (given == nullptr)
    wrong(from, "must be a whole number, without quotes");
  else if (given->get() < rule.min || given->get() > rule.max)
    wrong(from, "must be from " + std::to_string(rule.min) + " to " + std::to_string(rule.max));
  else
    to = static_cast<std::uint32_t>(given->get());
}

void value_reader::read(const toml::node& from, std::uint16_t& to, const count_rule& rule) {
  std::uint32_t wide = to;
  read(from, wide, rule);
  to = static_cast<std::uint16_t>(wide);
}

void value_reader::read(const toml::node& from, std::uint64_t& to, const size_rule& rule) {
  std::uint64_t bytes = 0;
  if (const auto* const plain = from.as_integer()) {
    if (plain->get() < 0) {
      wrong(from, "must not be negative");
      return;
    }
    bytes = static_cast<std::uint64_t>(plain->get());
  } else {
    const auto given = text(from);
    if (!given)
      return;
    const auto size = parse_size(*given);
    if (!size) {
      wrong(from, "\"" + *given + "\" " + size.error().detail);
      return;
    }
    bytes = *size;
  }
  if (bytes < rule.min || bytes > rule.max)
    wrong(from, "must be from " + print_size(rule.min) + " to " + print_size(rule.max));
  else
    to = bytes;
}

void value_reader::read(const toml::node& from, milliseconds& to, const time_rule& rule) {
  if (from.is_integer()) {
    wrong(from, R"(needs a unit: a duration like "250ms", "30s", "5m", "1h" or "5d")");
    return;
  }
  const auto given = text(from);
  if (!given)
    return;
  const auto time = parse_duration(*given);
  if (!time)
    wrong(from, "\"" + *given + "\" " + time.error().detail);
  else if (*time < rule.min || *time > rule.max)
    wrong(from, "must be from " + print_duration(rule.min) + " to " + print_duration(rule.max));
  else
    to = *time;
}

void value_reader::read(const toml::node& from, double& to, const ratio_rule& rule) {
  const auto given = from.value<double>();
  if (!given || !from.is_number())
    wrong(from, "must be a number, without quotes");
  else if (!(*given >= rule.min && *given <= rule.max)) // not a number fails both
    wrong(from, "must be from " + print(rule.min, rule) + " to " + print(rule.max, rule));
  else
    to = *given;
}

void value_reader::read(const toml::node& from, backoff_range& to, const time_rule& rule) {
  std::vector<milliseconds> both;
  read(from, both, rule);
  if (!from.is_array())
    return;
  if (both.size() != 2)
    wrong(from, "must be two durations: the first, the longest");
  else if (both[0] > both[1])
    wrong(from, "begins with a wait longer than the longest");
  else
    to = {both[0], both[1]};
}

void value_reader::read(const toml::node& from, endpoint& to, const place_rule& rule) {
  const auto given = text(from);
  if (!given)
    return;
  if (given->empty() && rule.must == presence::optional) {
    to = {};
    return;
  }
  auto at = parse_endpoint(with_data_dir(*given), rule.names);
  if (at)
    to = std::move(*at);
  else
    wrong(from, "\"" + *given + "\" " + at.error().detail);
}

void value_reader::read(const toml::node& from, ip_network& to, const plain_rule&) {
  const auto given = text(from);
  if (!given)
    return;
  if (const auto net = parse_ip_network(*given))
    to = *net;
  else
    wrong(from, "\"" + *given + "\" is no network like \"192.0.2.0/24\" or \"2001:db8::/32\" (bits after the prefix must be zero)");
}

void value_reader::read(const toml::node& from, ip_address& to, const plain_rule&) {
  const auto given = text(from);
  if (!given)
    return;
  if (const auto address = parse_ip_address(*given))
    to = *address;
  else
    wrong(from, "\"" + *given + "\" is no IP address");
}

void value_reader::read(const toml::node& from, rate_limit& to, const plain_rule&) {
  const auto given = text(from);
  if (!given)
    return;
  if (given->empty()) {
    to = {};
    return;
  }
  if (const auto rate = parse_rate(*given))
    to = *rate;
  else
    wrong(from, "\"" + *given + "\" " + rate.error().detail);
}

void value_reader::read(const toml::node& from, via& to, const plain_rule&) {
  const auto given = text(from);
  if (!given)
    return;
  const bool is_place = given->starts_with("lmtp:");
  if (auto how = parse_via(is_place ? with_data_dir(*given) : *given))
    to = std::move(*how);
  else
    wrong(from, "\"" + *given + "\" " + how.error().detail);
}

void value_reader::read(const toml::node& from, deliver& to, const plain_rule&) {
  const auto given = text(from);
  if (!given)
    return;
  if (auto how = parse_deliver(with_data_dir(*given)); !how)
    wrong(from, "\"" + *given + "\" " + how.error().detail);
  else if (has_control(how->path))
    wrong(from, "has a control character in its path");
  else
    to = std::move(*how);
}

void value_reader::read(const toml::node& from, std::map<std::string, std::vector<mailbox>>& to,
                        const plain_rule&) {
  const auto* const given = from.as_table();
  if (given == nullptr) {
    wrong(from, R"(must be a table like { info = ["alice", "bob@elsewhere.test"] })");
    return;
  }
  for (const auto& [key, value] : *given) {
    const std::string name(key.str());
    if (const auto what = check_text(name, text_kind::local_part); !what.empty())
      report.wrong(key.source().begin, "alias \"" + name + "\" " + what);
    const auto* const targets = list(value, "addresses");
    if (targets == nullptr)
      continue;
    if (targets->empty())
      wrong(value, "alias \"" + name + "\" leads nowhere");
    for (const auto& each : *targets) {
      const auto target = text(each);
      if (!target)
        continue;
      if (const auto address = parse_mailbox(*target, utf8::allowed))
        to[name].push_back(*address);
      else if (target->find('@') == target->npos && check_text(*target, text_kind::local_part).empty())
        to[name].push_back({*target, {}});
      else
        wrong(each, "\"" + *target + "\" is no address");
    }
  }
}

} // namespace troupe::app
