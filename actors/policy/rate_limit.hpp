// "1000/1m": how often something may start. A token bucket that answers when the
// next start may be, so that the owner sets one timer instead of polling.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::policy {

struct rate {
  std::uint32_t count = 0; ///< At least one.
  seconds per{0};          ///< At least one second.

  friend bool operator==(const rate&, const rate&) = default;
};

inline constexpr std::uint32_t rate_count_max = 10'000'000;

/// "1000/1m": a count, a slash, a number with s, m, h or d. Fails with malformed,
/// or limit_exceeded for more than `rate_count_max` or longer than a day.
[[nodiscard]] result<rate> parse_rate(std::string_view text);
[[nodiscard]] std::string to_string(const rate& limit);

/// After a pause a tenth of the count may start at once; then starts are spread
/// evenly. So no window of the rate's length ever sees more than 110 % of it.
class rate_limit {
public:
  /// @pre limit.count > 0 && limit.per > 0
  explicit rate_limit(const rate& limit);

  /// When the next start may be: `now` or later.
  [[nodiscard]] steady_time next_start(steady_time now) const noexcept;

  /// From now on only `part` of `whole` of it is ours; the rest is others'.
  /// @pre 0 < part && part <= whole
  void lend(unsigned part, unsigned whole) noexcept;

  /// Counts one start. Early starts are allowed and make the next ones later.
  void started(steady_time now) noexcept;

private:
  rate limit_;
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds slack_; ///< How far ahead of its even place a start may be.
  steady_time even_place_{};       ///< Of the next start, were they all spread evenly.
};

} // namespace troupe::policy
