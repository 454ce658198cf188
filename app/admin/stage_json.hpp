// Pools and breakers as the HTTP API shows them.

#pragma once

#include "actors/policy/breaker.hpp"
#include "actors/policy/pool_view.hpp"
#include "actors/pool.hpp"
#include "app/admin/json_answer.hpp"

namespace troupe::app {

[[nodiscard]] json breaker_json(const std::string& name, const policy::breaker_view& view,
                                steady_time now);

/// {"count","min","mean","max"}, in seconds.
[[nodiscard]] json spread_json(const policy::spread& of);

[[nodiscard]] json pool_json(const actors::pool_view& view);

} // namespace troupe::app
