// The HTTP API about the last minutes: GET /v1/rates.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// How long the main thread waits for the stores to say how long the queue is.
inline constexpr milliseconds history_ask_deadline{200};

/// Both outlive the server.
void serve_rates(io::http_server& server, admin_parts& parts);

/// Takes a sample if it is time for one. To be called by the main thread.
void take_sample(admin_parts& parts, steady_time now);

} // namespace troupe::app
