#include "app/config/key_depth.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

/// Where the string that starts at `at` ends: behind its last quote, or at the
/// line end or text end that cuts it off.
std::size_t skip_string(std::string_view text, std::size_t at) noexcept {
  const char quote = text[at];
  const bool basic = quote == '"';
  const std::string_view three = basic ? R"(""")" : "'''";
  const bool multiline = text.substr(at).starts_with(three);
  at += multiline ? 3 : 1;
  while (at < text.size()) {
    if (basic && text[at] == '\\') {
      at += 2;
      continue;
    }
    if (multiline && text.substr(at).starts_with(three))
      return at + 3;
    if (!multiline && (text[at] == quote || text[at] == '\n'))
      return text[at] == quote ? at + 1 : at;
    ++at;
  }
  return text.size();
}

} // namespace

unsigned find_deep_key(std::string_view text) noexcept {
  std::size_t dots = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
      case '\'': at = skip_string(text, at); continue;
      case '#': at = std::min(text.find('\n', at), text.size()); continue;
      case '.':
        if (++dots > key_dots_max) {
          const auto end = text.begin() + static_cast<std::ptrdiff_t>(at);
          return 1 + static_cast<unsigned>(std::count(text.begin(), end, '\n'));
        }
        break;
      case '\n':
      case '=':
      case ',':
      case '{':
      case '[': dots = 0; break;
      default: break;
    }
    ++at;
  }
  return 0;
}

} // namespace troupe::app
