// Counts warnings of one name within a second, so that a fault which repeats a
// thousand times a second does not drown the log that should explain it.

#pragma once

#include "net/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

/// Names told apart at once; further ones are not limited until a second has passed.
inline constexpr std::size_t log_names_max = 64;

struct suppressed_lines {
  std::string event;
  unsigned count = 0;
};

/// Not safe for several threads. Time is wall time, as in the lines: when the
/// clock goes back, a second counts as over.
class log_limiter {
public:
  /// False: count it, do not write it.
  [[nodiscard]] bool admit(std::string_view event, wall_time now);

  /// What was held back in seconds that are over now, once.
  [[nodiscard]] std::vector<suppressed_lines> take_over(wall_time now);
  /// What was held back and not yet taken.
  [[nodiscard]] std::vector<suppressed_lines> take_all();

  /// When the next call of `take_over` has something to say; nothing: never so far.
  [[nodiscard]] std::optional<wall_time> due() const noexcept;

private:
  struct window {
    std::string event;
    wall_time start;
    unsigned written = 0;
    unsigned suppressed = 0;
  };
  static bool is_over(const window& each, wall_time now) noexcept;

  std::vector<window> windows_;
};

} // namespace troupe::actors
