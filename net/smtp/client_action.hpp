// What a client session asks of its owner and tells it.

#pragma once

#include "net/core/outcome.hpp"
#include "net/smtp/client_extensions.hpp"
#include "net/smtp/wire_action.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::smtp {

/// Greeting and EHLO are done; comes once. From here deadline() is infinite while idle.
struct session_ready {
  client_extensions offers;
};

/// The peer takes logins of these kinds (RFC 4954). The owner answers with `login` or
/// login_failed.
struct want_login {
  std::vector<std::string> mechanisms; ///< "PLAIN", in the peer's spelling.
};

/// The peer asks for more; answered with answer_challenge or login_failed.
struct login_challenge {
  std::string bytes; ///< Without base64.
};

/// The owner brings the next piece of this body with supply_body, now or later;
/// the first time for a transaction, from its start. Comes again only after the
/// piece before it was handed out by write_bytes.
struct want_body {
  std::uint64_t token;
};

enum class attempt : std::uint8_t {
  made,     ///< `outcomes` has one for each recipient, in order.
  not_made, ///< Nothing is known against message or recipients, and nobody got it:
            ///< free to go elsewhere at once, without penalty. `outcomes` is empty.
};

/// The end of a transaction; comes exactly once for each that was begun.
struct transaction_done {
  std::uint64_t token;
  smtp::attempt attempt;
  std::vector<outcome> outcomes;
};

enum class session_failure : std::uint8_t {
  greeting_refused, ///< 4xx or 5xx instead of 220; but 421 is shut_by_peer.
  hello_refused,    ///< 4xx to EHLO; 4xx or 5xx to HELO or LHLO.
  shut_by_peer,     ///< 421 at any other place than between messages.
  timed_out,        ///< A deadline of client_timeouts passed.
  dropped,          ///< TCP ended while something was under way.
  protocol_error,   ///< Garbage, an answer nobody asked for, or one beyond the bounds.
  ended_between,    ///< 421 or the end of TCP between two messages: that is its right.
  tls_refused,      ///< STARTTLS is required, and not offered, or answered by a refusal.
  requiretls_refused, ///< REQUIRETLS is required, and not offered within TLS.
  tls_failed,       ///< The handshake was not to the owner's liking.
  login_refused,    ///< We are to log in, and could not.
  body_lost,        ///< Our own fault: the owner could not bring a body.
};

[[nodiscard]] std::string_view to_string(session_failure kind) noexcept;

/// True where the host (not a message, not we) is to blame: what a breaker counts.
[[nodiscard]] constexpr bool blames_host(session_failure kind) noexcept {
  return kind != session_failure::ended_between && kind != session_failure::body_lost;
}

/// The session is over before it was told to quit. Comes at most once, before the
/// transaction_done of whatever it tore down, and hang_up follows.
struct session_failed {
  session_failure kind;
  reply answer;             ///< Of the peer, or ours (451 4.4.2 …) where it said nothing.
  bool remote_said = false; ///< `answer` came off the wire.
};

using client_action
  = std::variant<session_ready, session_failed, transaction_done, start_tls, want_login, login_challenge, want_body, write_bytes, hang_up>;

} // namespace troupe::smtp
