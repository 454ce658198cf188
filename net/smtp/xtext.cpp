#include "net/smtp/xtext.hpp"

namespace troupe::smtp {

namespace {

constexpr std::string_view digits = "0123456789ABCDEF"; // upper case only, §4

constexpr bool is_plain(char c) { return c > ' ' && c <= '~' && c != '+' && c != '='; }

} // namespace

std::optional<std::string> decode_xtext(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (is_plain(text.front())) {
      plain += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (text.front() != '+' || text.size() < 3)
      return std::nullopt;
    const auto high = digits.find(text[1]);
    const auto low = digits.find(text[2]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    text.remove_prefix(3);
  }
  return plain;
}

} // namespace troupe::smtp
