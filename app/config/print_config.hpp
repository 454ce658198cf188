// The effective configuration as TOML, for `trouped --print-config`.

#pragma once

#include "app/config/config.hpp"

#include <string>

namespace troupe::app {

/// Every key with its value. Parsed again, it gives the same configuration,
/// but secrets (route.auth, admin.token) are shown as "********".
[[nodiscard]] std::string print_config(const config& value);

} // namespace troupe::app
