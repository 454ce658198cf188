// The HTTP API about the node itself: status, routes, actors, log level, reload, shutdown.

#pragma once

#include "app/admin/json_answer.hpp"
#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Routes and actors that one answer lists.
inline constexpr std::size_t listed_routes_max = 1000;
inline constexpr std::size_t listed_actors_max = 1000;

/// Both outlive the server.
void serve_node(io::http_server& server, admin_parts& parts);

[[nodiscard]] json route_json(const actors::route_view& view);

} // namespace troupe::app
