#include "net/core/time.hpp"

#include <array>
#include <cstdio>

namespace troupe {

namespace {

struct civil_time {
  int year, month, day, weekday, hour, minute, second, millisecond;
};

civil_time civil(wall_time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{at - day};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(std::chrono::weekday{day}.c_encoding()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

} // namespace

std::string format_rfc5322(wall_time at) {
  const auto t = civil(at);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %d %s %04d %02d:%02d:%02d +0000",
                                 weekdays.at(static_cast<std::size_t>(t.weekday)), t.day,
                                 months.at(static_cast<std::size_t>(t.month - 1)), t.year, t.hour,
                                 t.minute, t.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string format_rfc3339(wall_time at) {
  const auto t = civil(at);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                 t.year, t.month, t.day, t.hour, t.minute, t.second,
                                 t.millisecond);
  return {text.data(), static_cast<std::size_t>(size)};
}

} // namespace troupe
