// What no single key can tell: keys that contradict each other.

#pragma once

#include "app/config/config.hpp"

#include <functional>
#include <string>

namespace troupe::app {

/// Takes a key with its index ("domain[2].name") and what is wrong with it.
using complain = std::function<void(const std::string& key, std::string what)>;

/// @pre each value alone is good
void check_contradictions(const config& value, const complain& wrong);

} // namespace troupe::app
