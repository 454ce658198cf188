// When a message is tried again, when its sender is told to be patient, and when
// it is given up. Pure: the caller brings the message's age and the dice.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <optional>
#include <vector>

namespace troupe::policy {

struct retry_options {
  /// The wait after the first attempt, the second, ...; the last repeats.
  std::vector<seconds> schedule{std::chrono::minutes{1},  std::chrono::minutes{5},
                                std::chrono::minutes{15}, std::chrono::hours{1},
                                std::chrono::hours{3},    std::chrono::hours{6}};
  double jitter = 0.1;                         ///< Share of the wait, either way: 0 to 1.
  seconds expire = std::chrono::hours{5 * 24}; ///< Age at which mail is given up.
  seconds warn = std::chrono::hours{4};        ///< Age of the one delay notice; 0: never.
};

/// Fails with limit_exceeded: an empty schedule, a wait below a second or above
/// `retry_wait_max`, a jitter outside 0..1, a negative age.
[[nodiscard]] status check(const retry_options& options);

inline constexpr seconds retry_wait_max = std::chrono::hours{30 * 24};

/// The wait before the next attempt, or nothing when it is time to bounce.
/// The last attempt is made when the message expires, not a wait before it.
/// A negative age (the clock was set back) counts as zero.
/// @param attempts made so far, the one that just failed included; zero counts as one
/// @pre check(options) && 0 <= dice && dice < 1
[[nodiscard]] std::optional<seconds> next_retry(const retry_options& options, unsigned attempts,
                                                seconds age, double dice);

/// When someone has to look at a message that only waits, and is not tried: it is to be
/// told of as late, or it expires. After both, each `look_again_interval`.
inline constexpr seconds look_again_interval{300};
[[nodiscard]] wall_time look_again_at(const retry_options& options, wall_time received,
                                      wall_time now) noexcept;

/// True when a sender who hears nothing yet should be told that mail is late.
[[nodiscard]] bool warn_due(const retry_options& options, seconds age) noexcept;

} // namespace troupe::policy
