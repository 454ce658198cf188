// Actors as the HTTP API shows them.

#pragma once

#include "actors/directory.hpp"
#include "actors/route.hpp"
#include "actors/shard.hpp"
#include "actors/store.hpp"
#include "app/admin/json_answer.hpp"

#include <string>

namespace troupe::app {

/// What most take of a list.
inline constexpr std::size_t actor_bytes_usual = 256;

/// A line of a list, as JSON text.
void append_actor(std::string& to, const actors::actor_view& who);
[[nodiscard]] json actor_json(const actors::actor_view& who);

/// Its last events, oldest first.
[[nodiscard]] json events_json(const std::vector<actors::actor_event>& events);

// What actors say of themselves.
[[nodiscard]] json route_json(const actors::route_view& view);
[[nodiscard]] json shard_json(const actors::shard_view& view);
[[nodiscard]] json store_json(const actors::store_view& view);

} // namespace troupe::app
