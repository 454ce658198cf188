// /metrics, /healthz and /readyz: for machines that look every few seconds.

#pragma once

#include "app/admin/parts.hpp"
#include "app/admin/readiness.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Both outlive the server.
void serve_health(io::http_server& server, admin_parts& parts);

[[nodiscard]] readiness readiness_of(node& house, const std::vector<shard_look>& shards);

/// Sets the gauges that nobody feeds: their owners are asked, those who stay silent
/// until the deadline keep their last value.
void refresh_gauges(admin_parts& parts, steady_time deadline);

} // namespace troupe::app
