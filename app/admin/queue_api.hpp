// The HTTP API that looks at the queue: counts, lists, one message, and what it waits for.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Messages of one list; more come with `after`.
inline constexpr std::size_t list_limit_default = 100;
inline constexpr std::size_t list_limit_max = 1000;
/// One request looks at the queue for that long, then says where to go on.
inline constexpr milliseconds look_time_max{1000};
/// Messages that the counts by domain and age look into.
inline constexpr std::size_t surveyed_messages_max = 200'000;
inline constexpr std::size_t shown_domains_max = 100;

/// Both outlive the server.
void serve_queue(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
