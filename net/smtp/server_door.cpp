// What the server machine does for the doors that it stands behind: XCLIENT for filters
// and balancers, a tarpit for those who guess, LMTP's reply for each recipient.

#include "net/smtp/reply_text.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <algorithm>
#include <utility>

namespace troupe::smtp {

std::optional<server_action> server_session::on_xclient(std::string_view args) {
  if (!claims_offered_) {
    say_error(verb::xclient, replies::claims_refused);
    return std::nullopt;
  }
  if (state_ != session_state::greeted && state_ != session_state::ready) {
    say_error(verb::xclient, replies::not_within_mail);
    return std::nullopt;
  }
  auto claims = parse_client_claims(args);
  if (!claims) {
    say_error(verb::xclient, replies::claims_syntax);
    return std::nullopt;
  }
  claims_ = std::make_unique<client_claims>(std::move(*claims));
  return ask(question::claims, ask_claims{*claims_});
}

// Accepted, it is a new client: greeted again, and nothing is left of the last one.
void server_session::decide_claims(const verdict& answer) {
  const auto claims = std::exchange(claims_, nullptr);
  if (const auto* no = std::get_if<refused>(&answer)) {
    wait_for_command();
    say(verb::xclient, reply_text(no->answer));
    return;
  }
  if (claims->hello) {
    peer_name_ = *claims->hello;
    name_claimed_ = !peer_name_.empty();
  } else if (claims->address || !name_claimed_) { // the rest of a long claim may come by itself
    peer_name_.clear();
    name_claimed_ = false;
  }
  // A login of the filter's own is not its client's.
  logged_in_ = claims->login ? !claims->login->empty() : !claims->address && login_claimed_;
  login_claimed_ = logged_in_;
  trust_ = peer_trust::stranger;
  extended_ = claims->extended.value_or(false);
  enter(session_state::connecting);
  peer_asked_ = false;
}

/// Neither this answer nor what comes behind it leaves before the pause is over.
void server_session::begin_pause() {
  if (options_->tarpit_step > milliseconds{0} && !draining_)
    paused_until_ = now_ + std::min(options_->tarpit_step * errors_, options_->tarpit_longest);
}

/// RFC 2033 §4.2: in LMTP the end of a message is answered once for each recipient.
std::string server_session::for_each_recipient(std::string_view line) const {
  std::string lines{line};
  if (options_->dialect == dialect::lmtp)
    for (std::size_t n = 1; n < mail_->recipients; ++n)
      (lines += "\r\n") += line;
  return lines;
}

} // namespace troupe::smtp
