// What operators do to messages: hold, release, retry, remove, bounce.

#pragma once

#include "app/admin/message_filter.hpp"
#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

namespace troupe::app {

/// Ids that one request may name.
inline constexpr std::size_t acted_ids_max = 10'000;
/// One SHARD is sent so many at once, and no more of their bodies than that.
inline constexpr std::size_t act_chunk_messages = 1000;
inline constexpr std::uint64_t act_chunk_bytes = 16 * 1024 * 1024;
/// A request with a filter works for that long, then says where to go on.
inline constexpr milliseconds act_time_max{5000};
/// How long one chunk may take: it is on disk then.
inline constexpr milliseconds act_deadline{10'000};

/// On which messages an act is to be done: named ones, or all that a filter takes
/// behind `after`.
struct act_request {
  std::vector<message_id> ids;
  message_filter filter;
  message_id after;
  std::string reason;
};

/// Of {"ids":[…]}, or of {"to","from","older","state"} of which one is enough, or of
/// {"all":true}; "reason" and, with a filter, "after" may stand beside. Fails with
/// malformed or limit_exceeded: never is nothing taken for all.
[[nodiscard]] result<act_request> parse_act(const std::string& body);

/// Both outlive the server.
void serve_acts(io::http_server& server, admin_parts& parts);

} // namespace troupe::app
