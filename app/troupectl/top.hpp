// The live screen: asks the daemon once a second, shows what it says.

#pragma once

#include "app/troupectl/top_frame.hpp"

namespace troupe::app {

/// What the daemon says now. Parts that it does not know are empty; throws nothing for
/// a daemon that is away.
[[nodiscard]] top_data look_around(const caller& daemon);

/// Draws until the operator leaves. @pre stdin and stdout are terminals
void run_top(const caller& daemon);

} // namespace troupe::app
