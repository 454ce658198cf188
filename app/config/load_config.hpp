// Finds and reads the configuration as trouped and troupectl do: the named file,
// else ./troupe.toml, else /etc/troupe/troupe.toml, else the built-in defaults.

#pragma once

#include "app/config/parse_config.hpp"

#include <optional>
#include <string>

namespace troupe::app {

struct loaded_config {
  parsed_config parsed;
  std::string file; ///< Empty: built-in defaults.
};

/// What the process's environment and the host's name say. No DNS is asked: a
/// host name that is no domain name is taken as "localhost.localdomain".
[[nodiscard]] surroundings surroundings_of_process();

/// The file that the rule finds, or empty for the built-in defaults.
[[nodiscard]] std::string find_config_file(const std::optional<std::string>& named);

/// Reads and parses; a file that can't be read is an error like any other. Also
/// looks at the disk: the data directory must be there or creatable.
[[nodiscard]] loaded_config load_config(const std::optional<std::string>& named,
                                        const surroundings& around = surroundings_of_process());

} // namespace troupe::app
