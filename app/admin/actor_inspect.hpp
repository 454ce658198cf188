// One actor in full: its card, its last events, what it says of itself, and the
// histograms of its kind.

#pragma once

#include "app/admin/json_answer.hpp"
#include "app/node/node.hpp"

namespace troupe::app {

/// What an actor of this kind says of itself when it is asked; null for a kind that
/// has nothing to say. Fails as `question::await` does.
[[nodiscard]] result<json> own_view(node& house, const actors::actor_card& card, steady_time deadline);

/// Histograms of the node that actors of this kind feed, by their metric's name.
[[nodiscard]] json histograms_of(actors::node_metrics& metrics, std::string_view kind);

/// An actor that is silent at the deadline is shown as far as its card goes.
[[nodiscard]] json inspect(node& house, const actors::actor_card& card, steady_time deadline);

} // namespace troupe::app
