// Durations as people read them.

#pragma once

#include "net/core/time.hpp"

#include <string>

namespace troupe::app {

/// The two largest units: "4m12s", "3d4h", "12s", "0s". Below a second it is "0s".
[[nodiscard]] std::string duration_words(milliseconds span);

} // namespace troupe::app
