// The HTTP API about who is on stage: the list, one in full, kill and restart.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Both outlive the server.
void serve_actors(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
