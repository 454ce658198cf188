#include "net/smtp/reply_text.hpp"

#include <string_view>

namespace troupe::smtp {

std::string reply_text(const reply& answer) {
  const auto code = std::to_string(answer.code);
  std::string text;
  const auto add = [&](std::string_view line, bool is_last) {
    (text += code) += is_last ? ' ' : '-';
    if (!answer.enhanced.empty())
      (text += answer.enhanced) += ' ';
    text += line;
    if (!is_last)
      text += "\r\n";
  };
  if (answer.lines.empty())
    add({}, true);
  for (std::size_t i = 0; i < answer.lines.size(); ++i)
    add(answer.lines[i], i + 1 == answer.lines.size());
  return text;
}

} // namespace troupe::smtp
