// A message in the queue: its envelope with the fate of each recipient so far.
// This is the unit that is stored, scheduled, shown and settled.

#pragma once

#include "net/core/body.hpp"
#include "net/core/envelope.hpp"
#include "net/core/message_id.hpp"
#include "net/core/outcome.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

enum class recipient_state : std::uint8_t {
  queued,    ///< To be tried at `due`.
  held,      ///< By an operator or a rule; stays until released.
  delivered, ///< Done.
  failed,    ///< Done; its bounce is stored in the same transaction.
  removed,   ///< Done, by an operator.
};

[[nodiscard]] constexpr bool is_settled(recipient_state state) noexcept {
  return state != recipient_state::queued && state != recipient_state::held;
}

struct queued_recipient {
  recipient to;
  recipient_state state = recipient_state::queued;
  wall_time due{};             ///< The epoch: at once, never tried.
  std::uint32_t attempts = 0;
  std::uint8_t crashes = 0;    ///< Attempts that ended with their worker's death.
  bool delay_noticed = false;  ///< The one delay notice is out (RFC 3461 §4.1).
  wall_time last_attempt{};
  std::string last_reply;      ///< One line, with where it came from; or empty.

  friend bool operator==(const queued_recipient&, const queued_recipient&) = default;
};

struct queued_message {
  message_id id;
  wall_time received{};
  mailbox sender;
  body_type body = body_type::seven_bit;
  bool smtputf8 = false;
  dsn_return ret = dsn_return::unset;
  int priority = 0;            ///< RFC 6710: -9..9; its turn is `class_of` it (priority.hpp).
  tls_wish tls = tls_wish::none;
  std::string envid;
  std::string client;          ///< "swaks.example [192.0.2.7]" as in Received; "" for our own notices.
  std::uint64_t body_bytes = 0;
  std::string hold_reason;     ///< Why it is held, or empty.
  std::vector<queued_recipient> recipients;

  friend bool operator==(const queued_message&, const queued_message&) = default;
};

/// The message's row carries one state, so that the schedule and the counts need
/// no look inside: queued if any recipient is, else held if any is, else settled. But a
/// copy of another node's message is a copy, whatever its recipients are.
enum class message_state : std::uint8_t { queued = 0, held = 1, settled = 2, copy = 3 };
inline constexpr std::size_t message_states = 4;
/// Of one that is not a copy.
[[nodiscard]] message_state state_of(const queued_message& mail) noexcept;
[[nodiscard]] constexpr const char* to_string(message_state state) noexcept {
  switch (state) {
    case message_state::queued: return "queued";
    case message_state::held: return "held";
    case message_state::settled: return "settled";
    case message_state::copy: return "copy";
  }
  return "queued";
}

/// The earliest due time of the queued recipients; the maximum when there is none.
[[nodiscard]] wall_time due_of(const queued_message& mail) noexcept;

} // namespace troupe
