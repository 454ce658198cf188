// Durations as people read them.

#pragma once

#include "net/core/time.hpp"

#include <string>

namespace troupe::app {

/// The two largest units: "4m12s", "3d4h", "12s", "0s". Below a second it is "0s".
[[nodiscard]] std::string duration_words(milliseconds span);

/// To three digits below a minute ("25us", "1.25ms", "340ms", "12.5s"), above it as
/// duration_words. Nothing and less is "0s".
[[nodiscard]] std::string precise_duration_words(double seconds);

} // namespace troupe::app
