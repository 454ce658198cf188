#include "app/config/value_text.hpp"

#include <charconv>

namespace troupe::app {

bool is_secret(std::string_view key) noexcept { return key == "route.auth" || key == "admin.token" || key == "srs.secret"; }

std::string quote(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      quoted += {'\\', text[i]};
    } else if (c < 0x20 || c == 0x7F) {
      quoted += "\\u00";
      quoted += {digits[c >> 4], digits[c & 15u]};
    } else if (text.substr(i).starts_with("${")) {
      quoted += "$$"; // the brace follows
    } else {
      quoted += text[i];
    }
  }
  return quoted + "\"";
}

std::string print(const std::string& value, const text_rule&) { return quote(value); }
std::string print(std::uint32_t value, const count_rule&) { return std::to_string(value); }

std::string print(std::uint64_t value, const size_rule&) {
  const auto text = print_size(value);
  return text.back() == 'B' ? quote(text) : text;
}

std::string print(milliseconds value, const time_rule&) { return quote(print_duration(value)); }

std::string print(double value, const ratio_rule&) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general);
  std::string text(digits, end.ptr);
  if (text.find_first_of(".en") == text.npos)
    text += ".0"; // a float to TOML
  return text;
}

std::string print(const backoff_range& value, const time_rule& rule) {
  return print(std::vector{value.first, value.longest}, rule);
}

std::string print(const endpoint& value, const place_rule&) { return quote(to_string(value)); }
std::string print(const ip_network& value, const plain_rule&) { return quote(to_string(value)); }
std::string print(const ip_address& value, const plain_rule&) { return quote(to_string(value)); }
std::string print(const rate_limit& value, const plain_rule&) { return quote(to_string(value)); }
std::string print(const via& value, const plain_rule&) { return quote(to_string(value)); }
std::string print(const deliver& value, const plain_rule&) { return quote(to_string(value)); }

std::string print(const std::map<std::string, std::vector<mailbox>>& value, const plain_rule&) {
  std::string text;
  for (const auto& [name, targets] : value) {
    std::string list;
    for (const auto& target : targets)
      list += (list.empty() ? "" : ", ") + quote(to_string(target));
    text += (text.empty() ? "{ " : ", ") + quote(name) + " = [" + list + "]";
  }
  return text.empty() ? "{}" : text + " }";
}

} // namespace troupe::app
