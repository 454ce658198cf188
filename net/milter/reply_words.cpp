#include "net/milter/reply_words.hpp"

#include "net/core/address_text.hpp"

namespace troupe::milter {

namespace {

/// "5.7.1" at the start of the text, of the same class as the code; or nothing.
std::string_view enhanced_code(std::string_view text, char code_class) {
  std::size_t at = 0;
  for (int part = 0; part < 3; ++part) {
    const auto begin = at;
    while (at < text.size() && at - begin < 3 && is_digit(text[at]))
      ++at;
    if (at == begin)
      return {};
    if (part < 2 && (at == text.size() || text[at++] != '.'))
      return {};
  }
  if (text[0] != code_class || text[1] != '.' || (at < text.size() && text[at] != ' '))
    return {};
  return text.substr(0, at);
}

std::string clean(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < reply_line_bytes_max; ++i) {
    const char c = text[i];
    if (c == '%' && ++i == text.size())
      break; // a single one means nothing
    out += is_ascii(text[i]) && is_printable(text[i]) ? text[i] : '?';
  }
  return out;
}

} // namespace

result<reply> parse_reply(std::string_view text) {
  reply said;
  while (said.lines.size() < reply_lines_max) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.size() < 3 || (line[0] != '4' && line[0] != '5') || !is_digit(line[1])
        || !is_digit(line[2]) || (line.size() > 3 && line[3] != ' ' && line[3] != '-'))
      return error{errc::malformed, "a reply that is none"};
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (said.code != 0 && code != said.code)
      return error{errc::malformed, "a reply with two codes"};
    said.code = code;
    auto words = line.size() > 4 ? line.substr(4) : std::string_view{};
    const auto enhanced = enhanced_code(words, line[0]);
    words.remove_prefix(enhanced.size());
    if (words.starts_with(' ') && !enhanced.empty())
      words.remove_prefix(1);
    if (said.lines.empty())
      said.enhanced = enhanced;
    said.lines.push_back(clean(words));
    if (text.empty())
      break;
  }
  if (said.enhanced.empty())
    said.enhanced = said.is_permanent() ? "5.7.1" : "4.7.1";
  if (said.lines.front().empty())
    said.lines.front() = said.is_permanent() ? "Command rejected" : "Service unavailable - try again later";
  return said;
}

} // namespace troupe::milter
