#include "actors/policy/mta_sts.hpp"

#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <charconv>

namespace troupe::policy {

namespace {

constexpr std::string_view sts_version = "STSv1";

std::string_view sts_trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// Up to `end`, which is taken off too.
std::string_view take_sts(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

/// "v=STSv1" with the field delimiter behind it, or at the end (§3.1 sts-text-record).
bool is_sts_record(std::string_view text) {
  return sts_trimmed(take_sts(text, ';')) == "v=STSv1";
}

bool is_sts_id(std::string_view id) {
  return !id.empty() && id.size() <= sts_id_bytes_max
         && std::all_of(id.begin(), id.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_mx_pattern(std::string_view pattern) {
  if (pattern.starts_with("*."))
    pattern.remove_prefix(2);
  return is_domain(pattern);
}

status take_sts_field(sts_policy& policy, std::string_view key, std::string_view value, bool& has_mode,
                  bool& has_age) {
  if (key == "mx") {
    auto pattern = domain_key(value);
    if (!is_mx_pattern(pattern))
      return error{errc::malformed, "mx"};
    if (policy.mx.size() == sts_mx_max)
      return error{errc::limit_exceeded, "mx"};
    policy.mx.push_back(std::move(pattern));
  } else if (key == "mode" && !has_mode) { // §3.2: of those that are doubled the first counts
    has_mode = true;
    if (value == "enforce")
      policy.mode = sts_mode::enforce;
    else if (value == "testing")
      policy.mode = sts_mode::testing;
    else if (value != "none")
      return error{errc::malformed, "mode"};
  } else if (key == "max_age" && !has_age) {
    std::uint64_t age = 0;
    const auto [end, why] = std::from_chars(value.data(), value.data() + value.size(), age);
    if (why != std::errc{} || end != value.data() + value.size() || value.size() > 10)
      return error{errc::malformed, "max_age"};
    has_age = true;
    policy.max_age = std::min(seconds{static_cast<seconds::rep>(age)}, sts_max_age_max);
  }
  return {};
}

} // namespace

std::string_view to_string(sts_mode mode) noexcept {
  switch (mode) {
    case sts_mode::none: return "none";
    case sts_mode::testing: return "testing";
    case sts_mode::enforce: return "enforce";
  }
  return "";
}

std::optional<std::string> read_sts_id(std::span<const std::string> texts) {
  const auto record = std::find_if(texts.begin(), texts.end(), is_sts_record);
  if (record == texts.end() || std::find_if(record + 1, texts.end(), is_sts_record) != texts.end())
    return std::nullopt;
  std::string_view rest = *record;
  take_sts(rest, ';');
  std::optional<std::string> id;
  while (!rest.empty()) {
    auto field = take_sts(rest, ';');
    const auto key = sts_trimmed(take_sts(field, '='));
    if (key == "id" && !id) {
      if (!is_sts_id(sts_trimmed(field)))
        return std::nullopt;
      id = sts_trimmed(field);
    }
  }
  return id;
}

result<sts_policy> parse_sts_policy(std::string_view text) {
  if (text.size() > sts_policy_bytes_max)
    return error{errc::limit_exceeded, "size"};
  sts_policy policy;
  bool has_version = false, has_mode = false, has_age = false;
  while (!text.empty()) {
    auto line = take_sts(text, '\n'); // §3.2: lines end in LF or CRLF
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.find(':') == std::string_view::npos) {
      if (sts_trimmed(line).empty())
        continue;
      return error{errc::malformed, "a line without a colon"};
    }
    const auto key = sts_trimmed(take_sts(line, ':'));
    const auto value = sts_trimmed(line);
    if (key == "version" && !has_version) {
      if (value != sts_version)
        return error{errc::malformed, "version"};
      has_version = true;
    } else if (const auto taken = take_sts_field(policy, key, value, has_mode, has_age); !taken) {
      return taken.error();
    }
  }
  if (!has_version)
    return error{errc::malformed, "version"};
  if (!has_mode)
    return error{errc::malformed, "mode"};
  if (!has_age)
    return error{errc::malformed, "max_age"};
  if (policy.mx.empty() && policy.mode != sts_mode::none)
    return error{errc::malformed, "mx"};
  return policy;
}

bool lists_host(const sts_policy& policy, std::string_view host) noexcept {
  const auto dot = host.find('.');
  const auto parent = dot == 0 || dot == host.npos ? std::string_view{} : host.substr(dot);
  return std::any_of(policy.mx.begin(), policy.mx.end(), [&](std::string_view pattern) {
    if (pattern.starts_with("*."))
      return !parent.empty() && pattern.substr(1) == parent;
    return pattern == host;
  });
}

std::string sts_host(std::string_view domain) { return "mta-sts." + std::string{domain}; }

} // namespace troupe::policy
