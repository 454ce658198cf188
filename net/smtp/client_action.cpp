#include "net/smtp/client_action.hpp"

namespace troupe::smtp {

std::string_view to_string(session_failure kind) noexcept {
  switch (kind) {
    case session_failure::greeting_refused: return "greeting_refused";
    case session_failure::hello_refused: return "hello_refused";
    case session_failure::shut_by_peer: return "shut_by_peer";
    case session_failure::timed_out: return "timed_out";
    case session_failure::dropped: return "dropped";
    case session_failure::protocol_error: return "protocol_error";
    case session_failure::ended_between: return "ended_between";
    case session_failure::tls_refused: return "tls_refused";
    case session_failure::requiretls_refused: return "requiretls_refused";
    case session_failure::tls_failed: return "tls_failed";
    case session_failure::login_refused: return "login_refused";
    case session_failure::body_lost: return "body_lost";
  }
  return "";
}

} // namespace troupe::smtp
