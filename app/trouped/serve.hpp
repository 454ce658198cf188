// The daemon's life from a good configuration to its exit code.

#pragma once

#include "app/config/load_config.hpp"

#include <optional>
#include <string>

namespace troupe::app {

/// Serves until a signal or a failure ends it. `named` is what --config said, for reloads.
/// Returns the exit code.
[[nodiscard]] int serve(const loaded_config& loaded, const std::optional<std::string>& named);

} // namespace troupe::app
