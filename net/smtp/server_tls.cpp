// STARTTLS (RFC 3207), and what a session forgets for it.

#include "net/core/expect.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <utility>

namespace troupe::smtp {

/// BDAT answers for itself: its chunk comes right behind, whatever the reply.
bool server_session::must_begin_tls(verb what) const noexcept {
  if (options_->starttls != tls_use::required || within_tls_)
    return false;
  switch (what) {
    case verb::ehlo:
    case verb::lhlo:
    case verb::noop:
    case verb::rset:
    case verb::starttls:
    case verb::quit:
    case verb::bdat:
    case verb::unknown: return false;
    default: return true; // also what is yet to be invented
  }
}

void server_session::on_starttls(std::string_view args) {
  if (!args.empty())
    return say_error(verb::starttls, replies::no_arguments);
  if (within_tls_)
    return say_error(verb::starttls, replies::tls_begun);
  if (options_->starttls == tls_use::off)
    return say_error(verb::starttls, replies::tls_unavailable);
  if (state_ == session_state::greeted || state_ == session_state::between)
    return say_error(verb::starttls, state_ == session_state::greeted ? replies::hello_first
                                                                      : replies::chunks_begun);
  // A well-behaved client waits for the 220. What came early came in the clear, perhaps
  // from somebody else: taken for said within TLS it would be command injection
  // (CVE-2011-0411), so the whole connection is not to be trusted.
  if (!unread().empty())
    return close_with(verb::starttls, replies::bytes_behind_starttls);
  drop_transaction();
  say(verb::starttls, replies::tls_ready);
  enter(session_state::securing);
}

void server_session::tls_began(steady_time now) {
  const bool is_first = state_ == session_state::connecting;
  TROUPE_EXPECT(is_first ? !within_tls_ : state_ == session_state::securing && handshake_shown_);
  forget_used();
  now_ = now;
  within_tls_ = true;
  if (is_first)
    return;
  peer_name_ = {};
  name_claimed_ = false;
  extended_ = false;
  logins_offered_ = nullptr; // they may be others now
  if (std::exchange(logged_in_, false))
    trust_ = peer_trust::stranger;
  input_ = {};
  input_used_ = 0;
  line_begun_ = false;
  enter(session_state::greeted);
}

} // namespace troupe::smtp
