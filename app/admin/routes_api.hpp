// The HTTP API about where mail goes: live routes and their breakers, suspend and resume.

#pragma once

#include "app/admin/json_answer.hpp"
#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Routes that one answer lists.
inline constexpr std::size_t listed_routes_max = 1000;
/// A suspension without a time, and the longest.
inline constexpr seconds suspension_default{3600};
inline constexpr seconds suspension_max{7 * 86'400};

struct known_routes {
  std::vector<actors::route_view> views; ///< Of those that answered, the busiest first.
  std::vector<actors::routes_view::suspended_route> suspended;
  policy::breaker_view dns; ///< The breaker of all DNS questions.
  std::size_t count = 0;  ///< All that stand.
  std::size_t silent = 0; ///< Were asked and did not answer.
};

/// Asks at most listed_routes_max of them. Fails when the SWITCHBOARD is silent.
[[nodiscard]] result<known_routes> look_at_routes(node& house, steady_time deadline);

/// Every breaker, those that are not closed first. Fails as look_at_routes.
[[nodiscard]] result<json> breakers_json(node& house, steady_time deadline);

/// Both outlive the server.
void serve_routes(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
