#include "net/core/reply.hpp"

namespace troupe {

std::string to_string(const reply& answer) {
  auto text = std::to_string(answer.code);
  if (!answer.enhanced.empty())
    text += ' ' + answer.enhanced;
  for (const auto& line : answer.lines)
    text += ' ' + line;
  return text;
}

} // namespace troupe
