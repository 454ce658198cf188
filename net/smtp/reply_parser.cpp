#include "net/smtp/reply_parser.hpp"

#include "net/core/address_text.hpp"

#include <algorithm>

namespace troupe::smtp {

namespace {

/// 200 to 599, or 0 where `line` doesn't begin with such a code and a separator.
[[nodiscard]] int code_of(std::string_view line) noexcept {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
    return 0;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-')
    return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

[[nodiscard]] std::size_t digits_at(std::string_view text, std::size_t at) noexcept {
  std::size_t n = 0;
  while (at + n < text.size() && is_digit(text[at + n]))
    ++n;
  return n;
}

/// The length of the enhanced code that `text` begins with (RFC 2034 §4), or 0. It
/// counts only if its class is that of the reply.
[[nodiscard]] std::size_t enhanced_bytes(std::string_view text, int code) noexcept {
  if (text.size() < 5 || text[0] - '0' != code / 100 || text[1] != '.')
    return 0;
  const auto subject = digits_at(text, 2);
  if (subject == 0 || subject > 3 || 2 + subject >= text.size() || text[2 + subject] != '.')
    return 0;
  const auto detail = digits_at(text, 3 + subject);
  const auto end = 3 + subject + detail;
  if (detail == 0 || detail > 3 || (end < text.size() && text[end] != ' '))
    return 0;
  return end;
}

/// Of the character of more than one byte at the front of `text`, or 0. C1 controls
/// (U+0080 to U+009F) count as ill-formed.
[[nodiscard]] std::size_t letter_bytes(std::string_view text) noexcept {
  const auto n = utf8_letter(text);
  return n == 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0 ? 0 : n;
}

} // namespace

reply_progress reply_parser::read(std::string_view& bytes) {
  if (!flaw_.empty())
    return reply_progress::broken;
  if (whole_) {
    text_.clear();
    lines_ = 0;
    whole_ = false;
  }
  std::size_t from = 0;
  for (;;) {
    const auto lf = bytes.find('\n', from);
    if ((lf == std::string_view::npos ? bytes.size() : lf) + partial_.size()
        > limits_.line_bytes_max + 1)
      return fail("a line of the reply is too long");
    if (lf == std::string_view::npos) {
      partial_.append(bytes);
      bytes = {};
      return reply_progress::partial;
    }
    if (!(lf > 0 ? bytes[lf - 1] == '\r' : partial_.ends_with('\r'))) {
      from = lf + 1;
      continue;
    }
    std::string_view line = bytes.substr(0, lf + 1);
    if (!partial_.empty())
      line = partial_.append(line);
    line.remove_suffix(2);
    const auto progress = take_line(line);
    bytes.remove_prefix(lf + 1);
    partial_.clear();
    from = 0;
    if (progress != reply_progress::partial)
      return progress;
  }
}

reply_progress reply_parser::take_line(std::string_view line) {
  const int code = code_of(line);
  if (code == 0)
    return fail("a line without a reply code");
  if (lines_ > 0 && code != code_)
    return fail("lines of one reply bear different codes");
  if (lines_ == limits_.lines_max)
    return fail("a reply of too many lines");
  const auto text = line.size() > 4 ? line.substr(4) : std::string_view{};
  if (text_.size() + text.size() + 1 > limits_.text_bytes_max)
    return fail("a reply with too much text");
  if (lines_ > 0)
    text_ += '\n';
  const auto start = text_.size();
  text_ += text;
  // A bare LF is text, but here it would pass for the end of a line.
  for (auto at = text_.find('\n', start); at != std::string::npos; at = text_.find('\n', at + 1))
    text_[at] = '?';
  code_ = code;
  ++lines_;
  whole_ = line.size() == 3 || line[3] == ' ';
  return whole_ ? reply_progress::whole : reply_progress::partial;
}

reply_progress reply_parser::fail(std::string_view flaw) noexcept {
  flaw_ = flaw;
  return reply_progress::broken;
}

reply reply_parser::words() const {
  reply answer{code_, {}, {}};
  std::size_t kept = 0;
  bool full = false;
  each_line([&](std::string_view line) {
    if (full)
      return;
    if (const auto n = enhanced_bytes(line, code_)) {
      if (answer.lines.empty())
        answer.enhanced = line.substr(0, n);
      line.remove_prefix(n < line.size() ? n + 1 : n);
    }
    auto text = clean_reply_text(line);
    kept += text.size();
    full = kept > reply_words_bytes_max;
    if (!full)
      answer.lines.push_back(std::move(text));
  });
  return answer;
}

std::string clean_reply_text(std::string_view text) {
  std::string clean;
  clean.reserve(std::min(text.size(), reply_line_bytes_max));
  while (!text.empty()) {
    const char c = text.front();
    const auto letter = is_ascii(c) ? 0 : letter_bytes(text);
    const auto taken = std::max<std::size_t>(letter, 1);
    if (clean.size() + taken > reply_line_bytes_max)
      break;
    if (letter > 0)
      clean += text.substr(0, letter);
    else
      clean += c == '\t' ? ' ' : is_printable(c) ? c : '?';
    text.remove_prefix(taken);
  }
  return clean;
}

} // namespace troupe::smtp
