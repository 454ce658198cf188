#include "actors/policy/status_code.hpp"

namespace troupe::policy {

namespace {

bool is_number(std::string_view digits) noexcept {
  return !digits.empty() && digits.size() <= 3
         && digits.find_first_not_of("0123456789") == digits.npos;
}

} // namespace

bool is_enhanced_code(std::string_view text, char first) noexcept {
  if (text.size() < 5 || text[0] != first || text[1] != '.')
    return false;
  const auto dot = text.find('.', 2);
  return dot != text.npos && is_number(text.substr(2, dot - 2)) && is_number(text.substr(dot + 1));
}

std::string status_code(const reply& answer, char first) {
  return is_enhanced_code(answer.enhanced, first) ? answer.enhanced : std::string{first} + ".0.0";
}

} // namespace troupe::policy
