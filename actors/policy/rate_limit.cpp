#include "actors/policy/rate_limit.hpp"

#include "net/core/expect.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace troupe::policy {

namespace {

constexpr seconds rate_period_max{24 * 60 * 60};

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

std::int64_t seconds_of(char unit) noexcept {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 60 * 60;
    case 'd': return 24 * 60 * 60;
    default: return 0;
  }
}

} // namespace

result<rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == text.npos || slash + 2 > text.size())
    return error{errc::malformed, "no rate such as 1000/1m: " + std::string{text.substr(0, 64)}};
  const auto period = text.substr(slash + 1);
  const auto count = number(text.substr(0, slash));
  const auto units = number(period.substr(0, period.size() - 1));
  const auto unit = seconds_of(period.back());
  if (!count || !units || unit == 0 || *count == 0 || *units == 0)
    return error{errc::malformed, "no rate such as 1000/1m: " + std::string{text.substr(0, 64)}};
  if (*count > rate_count_max
      || *units > static_cast<std::uint64_t>(rate_period_max.count() / unit))
    return error{errc::limit_exceeded, "a rate counts at most 10000000 in at most a day"};
  return rate{static_cast<std::uint32_t>(*count),
              seconds{static_cast<std::int64_t>(*units) * unit}};
}

std::string to_string(const rate& limit) {
  return std::to_string(limit.count) + '/' + std::to_string(limit.per.count()) + 's';
}

rate_limit::rate_limit(const rate& limit) : limit_(limit) {
  TROUPE_EXPECT(limit.count > 0 && limit.per > seconds{0});
  lend(1, 1);
}

void rate_limit::lend(unsigned part, unsigned whole) noexcept {
  interval_ = std::chrono::nanoseconds{limit_.per} / limit_.count * whole / part;
  const auto ours = static_cast<std::uint64_t>(limit_.count) * part / whole;
  slack_ = interval_ * static_cast<std::int64_t>(std::max<std::uint64_t>(ours / 10, 1) - 1);
}

steady_time rate_limit::next_start(steady_time now) const noexcept {
  return std::max(now, even_place_ - slack_);
}

void rate_limit::started(steady_time now) noexcept {
  even_place_ = std::max(even_place_, now) + interval_;
}

} // namespace troupe::policy
