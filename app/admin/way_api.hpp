// The HTTP API about which way mail to an address takes.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Both outlive the server.
void serve_way(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
