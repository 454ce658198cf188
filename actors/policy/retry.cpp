#include "actors/policy/retry.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::policy {

status check(const retry_options& options) {
  const auto wrong = [](const char* what) { return error{errc::limit_exceeded, what}; };
  if (options.schedule.empty())
    return wrong("retry.schedule is empty");
  for (const auto wait : options.schedule)
    if (wait < seconds{1} || wait > retry_wait_max)
      return wrong("retry.schedule: each wait is from 1s to 30d");
  if (!(options.jitter >= 0.0 && options.jitter <= 1.0)) // catches a NaN as well
    return wrong("retry.jitter is from 0 to 1");
  if (options.expire < seconds{0} || options.warn < seconds{0})
    return wrong("retry.expire and retry.warn are not negative");
  return {};
}

std::optional<seconds> next_retry(const retry_options& options, unsigned attempts, seconds age,
                                  double dice) {
  age = std::max(age, seconds{0});
  if (age >= options.expire)
    return std::nullopt;
  const auto step = std::min<std::size_t>(std::max(attempts, 1u), options.schedule.size()) - 1;
  const auto planned = static_cast<double>(options.schedule[step].count());
  const auto spread = planned * (1.0 + options.jitter * (2.0 * dice - 1.0));
  const seconds wait{std::max<std::int64_t>(1, std::llround(spread))};
  return std::min(wait, options.expire - age);
}

wall_time look_again_at(const retry_options& options, wall_time received,
                        wall_time now) noexcept {
  auto at = now + look_again_interval;
  bool found = false;
  for (const auto age : {options.warn, options.expire}) {
    const auto then = received + age;
    if (age == seconds{0} || then <= now || (found && then >= at))
      continue;
    at = then;
    found = true;
  }
  return at;
}

bool warn_due(const retry_options& options, seconds age) noexcept {
  return options.warn > seconds{0} && age >= options.warn;
}

} // namespace troupe::policy
