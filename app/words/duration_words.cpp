#include "app/words/duration_words.hpp"

#include <array>
#include <cstdio>

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

std::string precise_duration_words(double span) {
  struct scale {
    double seconds;
    const char* name;
  };
  // NaN is nothing, too.
  if (!(span > 0))
    return "0s";
  if (span >= 60)
    return duration_words(span < 1e12 ? milliseconds{static_cast<std::int64_t>(span * 1000)}
                                      : milliseconds::max());
  // Rounded to three digits, 999.9 is one of the next unit.
  for (const auto& each : {scale{1e-6, "us"}, scale{1e-3, "ms"}, scale{1, "s"}}) {
    const auto count = span / each.seconds;
    if (count >= 999.5)
      continue;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g%s", count, each.name);
    return text.data();
  }
  return "0s";
}

} // namespace troupe::app
