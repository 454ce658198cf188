#include "net/smtp/client_awaited.hpp"

namespace troupe::smtp {

std::string_view to_string(awaited what) noexcept {
  switch (what) {
    case awaited::greeting: return "the greeting";
    case awaited::starttls: return "the reply to STARTTLS";
    case awaited::login: return "the reply to our login";
    case awaited::hello: return "the reply to our greeting";
    case awaited::reset: return "the reply to RSET";
    case awaited::mail: return "the reply to MAIL";
    case awaited::recipient: return "the reply to RCPT";
    case awaited::data: return "the reply to DATA";
    case awaited::chunk: return "the reply to BDAT";
    case awaited::message: return "the reply to the message";
    case awaited::lone_dot: return "the reply to a lone dot";
    case awaited::quit: return "the reply to QUIT";
  }
  return "";
}

} // namespace troupe::smtp
