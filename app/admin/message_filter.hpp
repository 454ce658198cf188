// Which messages of the queue an operator means.

#pragma once

#include "net/core/queued_message.hpp"
#include "net/core/result.hpp"
#include "storage/custody.hpp"

#include <map>
#include <optional>
#include <string>

namespace troupe::app {

/// A message that is queued and was tried at least once without success is deferred;
/// it counts as queued, too. A copy of another node's message is a copy and nothing else.
enum class shown_state : std::uint8_t { queued, deferred, held, copy };
[[nodiscard]] shown_state shown_state_of(const queued_message& mail,
                                         storage::kept_as kind = storage::kept_as::message) noexcept;
[[nodiscard]] const char* to_string(shown_state state) noexcept;

struct message_filter {
  std::optional<shown_state> state;
  std::string to;                    ///< Glob; any unsettled recipient. Empty: all.
  std::string from;                  ///< Glob; the null sender is "<>". Empty: all.
  std::optional<milliseconds> older; ///< In the queue for at least that long.

  [[nodiscard]] bool is_empty() const noexcept {
    return !state && to.empty() && from.empty() && !older;
  }
  /// Copies are taken only where they are asked for.
  [[nodiscard]] storage::kept_as kind() const noexcept {
    return state == shown_state::copy ? storage::kept_as::copy : storage::kept_as::message;
  }
  /// @pre it is of that kind
  [[nodiscard]] bool takes(const queued_message& mail, wall_time now) const;
};

/// From the names "state", "to", "from" and "older"; others are passed over. Fails
/// with malformed and words for the operator.
[[nodiscard]] result<message_filter> parse_filter(const std::map<std::string, std::string>& words);

/// A sender as lists and filters name it: the null sender is "<>".
[[nodiscard]] std::string sender_text(const mailbox& sender);

} // namespace troupe::app
