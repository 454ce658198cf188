// Why a message is still here: from the message to its shard, from there to the
// routes that hold or await it, with times.

#pragma once

#include "app/admin/json_answer.hpp"
#include "app/admin/queue_browser.hpp"
#include "app/node/node.hpp"

namespace troupe::app {

/// The message, where it is, its routes, the "chain" of why_chain.hpp and the link of it by
/// which the message is "held_by"; "waits_for" has a sentence for each that holds. Actors
/// that are silent at the deadline are named as such.
[[nodiscard]] json explain(node& house, const located_mail& found, steady_time deadline);

} // namespace troupe::app
