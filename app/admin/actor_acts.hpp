// What operators do to actors: kill and restart. No message is lost by it: an actor's
// death is as a crash of it, and its supervisor sees to the rest.

#pragma once

#include "actors/end_actor.hpp"
#include "app/admin/json_answer.hpp"
#include "app/node/node.hpp"

namespace troupe::app {

/// How long we look whether it is gone. One that is stuck in a handler ends after it.
inline constexpr milliseconds end_wait{1000};

/// True for kinds that come again, by a supervisor or because mail asks for them.
[[nodiscard]] bool comes_again(std::string_view kind) noexcept;

/// Ends the actor of that path and says whether it is gone. Fails with malformed for
/// the root, not_found, and refused for a restart of what nobody starts again.
[[nodiscard]] result<json> end_by_path(node& house, const std::string& path, actors::actor_end how);

} // namespace troupe::app
