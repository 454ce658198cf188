// ${NAME} in strings.

#pragma once

#include "net/core/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::app {

using environment_lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Longer results are refused, so that a short file can't ask for endless memory.
inline constexpr std::size_t expanded_bytes_max = 64 * 1024;

/// Replaces ${NAME}; $${ stands for ${, any other $ for itself. What a variable
/// holds is not expanded again. Fails with not_found where a variable is not set,
/// malformed where a brace or a name is missing, limit_exceeded above the bound.
[[nodiscard]] result<std::string> expand_environment(std::string_view text,
                                                     const environment_lookup& look_up);

} // namespace troupe::app
