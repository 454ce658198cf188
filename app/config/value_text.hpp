// A field as TOML text that reads back as the same value.

#pragma once

#include "app/config/rules.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

/// True for keys whose value must not be shown: "route.auth", "admin.token".
[[nodiscard]] bool is_secret(std::string_view key) noexcept;

/// In quotes, escaped for TOML and against ${...} expansion.
[[nodiscard]] std::string quote(std::string_view text);

[[nodiscard]] std::string print(const std::string& value, const text_rule& rule);
[[nodiscard]] std::string print(std::uint32_t value, const count_rule& rule);
[[nodiscard]] std::string print(std::uint64_t value, const size_rule& rule);
[[nodiscard]] std::string print(milliseconds value, const time_rule& rule);
[[nodiscard]] std::string print(double value, const ratio_rule& rule);
[[nodiscard]] std::string print(const backoff_range& value, const time_rule& rule);
[[nodiscard]] std::string print(const endpoint& value, const place_rule& rule);
[[nodiscard]] std::string print(const ip_network& value, const plain_rule& rule);
[[nodiscard]] std::string print(const ip_address& value, const plain_rule& rule);
[[nodiscard]] std::string print(const rate_limit& value, const plain_rule& rule);
[[nodiscard]] std::string print(const via& value, const plain_rule& rule);
[[nodiscard]] std::string print(const deliver& value, const plain_rule& rule);
[[nodiscard]] std::string print(const std::map<std::string, std::vector<mailbox>>& value,
                                const plain_rule& rule);

template <class Choice>
  requires requires { words<Choice>::list; }
[[nodiscard]] std::string print(Choice value, const plain_rule&) {
  for (const auto& each : words<Choice>::list)
    if (each.value == value)
      return quote(each.text);
  return quote({});
}

template <class Value, class Rule>
[[nodiscard]] std::string print(const std::vector<Value>& values, const Rule& rule) {
  std::string text;
  for (const auto& each : values)
    text += (text.empty() ? "[" : ", ") + print(each, rule);
  return text.empty() ? "[]" : text + "]";
}

/// Empty where there is nothing to say: the key is left out then.
template <class Value, class Rule>
[[nodiscard]] std::string print(const std::optional<Value>& value, const Rule& rule) {
  return value ? print(*value, rule) : std::string();
}

} // namespace troupe::app
