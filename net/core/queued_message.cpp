#include "net/core/queued_message.hpp"

#include <algorithm>

namespace troupe {

message_state state_of(const queued_message& mail) noexcept {
  auto state = message_state::settled;
  for (const auto& each : mail.recipients) {
    if (each.state == recipient_state::queued)
      return message_state::queued;
    if (each.state == recipient_state::held)
      state = message_state::held;
  }
  return state;
}

wall_time due_of(const queued_message& mail) noexcept {
  auto due = wall_time::max();
  for (const auto& each : mail.recipients)
    if (each.state == recipient_state::queued)
      due = std::min(due, each.due);
  return due;
}

} // namespace troupe
