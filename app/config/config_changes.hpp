// What a reload would change, and what of it needs a restart.

#pragma once

#include "app/config/config.hpp"

#include <string>
#include <vector>

namespace troupe::app {

struct config_changes {
  std::vector<std::string> at_once;      ///< Keys that a reload puts into force.
  std::vector<std::string> need_restart; ///< Keys whose new value waits for a restart.
};

/// Keys as the file spells them: "limits.recipients", "listener", "node.data_dir".
/// Lists of tables count as one key.
[[nodiscard]] config_changes compare_configs(const config& now, const config& next);

} // namespace troupe::app
