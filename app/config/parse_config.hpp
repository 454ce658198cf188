// From the text of troupe.toml to a configuration, or to all that is wrong with
// it. Pure: what the surroundings say (environment, host name) comes in.

#pragma once

#include "app/config/config.hpp"
#include "app/config/config_error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

/// Longer files are refused.
inline constexpr std::size_t config_bytes_max = 1024 * 1024;

/// Whether keys of features that this version lacks are refused (see
/// availability.hpp). Only tests of the grammar itself say `as_planned`.
enum class feature_set { as_built, as_planned };

struct surroundings {
  std::string host_name = "localhost.localdomain"; ///< Default of node.name and node.hostname.
  /// Looks up ${NAME}; nothing where it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  feature_set features = feature_set::as_built;
};

struct parsed_config {
  config value;                     ///< Of use only without errors.
  std::vector<config_error> errors; ///< By place in the file.

  [[nodiscard]] bool ok() const noexcept { return errors.empty(); }
};

/// In strings, ${NAME} is replaced by the environment's NAME (one that is not set
/// is an error), and $${ stands for ${. Any other $ is itself.
[[nodiscard]] parsed_config parse_config(std::string_view text, const std::string& file,
                                         const surroundings& around);

} // namespace troupe::app
