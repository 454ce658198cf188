#include "app/words/duration_words.hpp"

#include <array>

namespace troupe::app {

namespace {

struct unit {
  std::int64_t seconds;
  const char* name;
};
constexpr std::array<unit, 4> units{{{86'400, "d"}, {3'600, "h"}, {60, "m"}, {1, "s"}}};

} // namespace

std::string duration_words(milliseconds span) {
  auto rest = std::chrono::duration_cast<seconds>(span).count();
  if (rest <= 0)
    return "0s";
  std::size_t largest = 0;
  while (rest < units[largest].seconds)
    ++largest;
  std::string text;
  for (auto at = largest; at < units.size() && at < largest + 2; ++at) {
    if (const auto count = rest / units[at].seconds; count > 0)
      text += std::to_string(count) + units[at].name;
    rest %= units[at].seconds;
  }
  return text;
}

} // namespace troupe::app
