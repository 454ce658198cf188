// The HTTP API about the node itself: status, log level, reload, shutdown.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Both outlive the server.
void serve_node(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
