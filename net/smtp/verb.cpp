#include "net/smtp/verb.hpp"

#include <array>

namespace troupe::smtp {

namespace {

constexpr std::array<std::string_view, verbs> names{
  "NONE", "UNKNOWN", "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "MESSAGE", "BDAT", "AUTH",
  "XCLIENT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "STARTTLS", "QUIT"};

constexpr bool equal_in_any_case(std::string_view word, std::string_view upper) {
  if (word.size() != upper.size())
    return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != upper[i])
      return false;
  }
  return true;
}

} // namespace

std::string_view to_string(verb what) noexcept { return names[static_cast<std::size_t>(what)]; }

verb parse_verb(std::string_view word) noexcept {
  for (auto i = static_cast<std::size_t>(verb::ehlo); i < verbs; ++i)
    if (static_cast<verb>(i) != verb::message && equal_in_any_case(word, names[i]))
      return static_cast<verb>(i);
  return verb::unknown;
}

} // namespace troupe::smtp
