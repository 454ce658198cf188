// Messages of the queue as the HTTP API shows them.

#pragma once

#include "app/admin/json_answer.hpp"
#include "app/admin/queue_browser.hpp"

namespace troupe::app {

/// A line of a list.
[[nodiscard]] json list_json(const listed_message& row, unsigned shard, wall_time now);

/// One message with every recipient.
[[nodiscard]] json message_json(const queued_message& mail, unsigned shard, wall_time now,
                                storage::kept_as kind = storage::kept_as::message);

} // namespace troupe::app
