// What a client session makes of the replies it gets.

#include "net/core/expect.hpp"
#include "net/smtp/client_session.hpp"

#include <utility>

namespace troupe::smtp {

namespace {

[[nodiscard]] bool is_ok(int code) noexcept {
  return code >= 200 && code < 300;
}

} // namespace

void client_session::on_reply() {
  const int code = replies_.code();
  if (awaited_.total() == unsent_)
    return on_unasked(code);
  const auto what = awaited_.what();
  if (code == 421 && what != awaited::quit)
    return fail(session_failure::shut_by_peer, replies_.words(), true);
  switch (state_) {
    case client_state::greeting: awaited_.pop(); return on_greeting(code);
    case client_state::hello: awaited_.pop(); return on_hello(code);
    case client_state::old_hello: awaited_.pop(); return on_old_hello(code);
    case client_state::starttls: awaited_.pop(); return on_starttls(code);
    case client_state::login: awaited_.pop(); return on_login(code);
    case client_state::ready: return on_ready(code);
    case client_state::quitting: return enter(client_state::closed);
    case client_state::handshake:
    case client_state::closed: return;
  }
}

void client_session::on_greeting(int code) {
  if (code >= 400)
    return fail(session_failure::greeting_refused, replies_.words(), true);
  if (code != 220)
    return fail_protocol("unexpected " + to_string(replies_.words()) + " as the greeting");
  say_hello();
}

void client_session::say_hello() {
  const bool lmtp = options_.protocol == client_protocol::lmtp;
  say((lmtp ? "LHLO " : "EHLO ") + options_.hostname, awaited::hello);
  enter(client_state::hello);
}

void client_session::on_hello(int code) {
  if (code >= 500 && options_.protocol == client_protocol::smtp) {
    say("HELO " + options_.hostname, awaited::hello);
    return enter(client_state::old_hello);
  }
  if (code >= 400)
    return fail(session_failure::hello_refused, replies_.words(), true);
  if (code != 250)
    return fail_protocol("unexpected " + to_string(replies_.words()) + " to our greeting");
  offers_.extended = true;
  bool first = true;
  replies_.each_line([&](std::string_view line) {
    if (!std::exchange(first, false))
      add_extension(offers_, line);
  });
  if (uses_tls_ || tls_ == starttls_use::never || !offers_.starttls)
    return become_ready();
  say("STARTTLS", awaited::starttls);
  enter(client_state::starttls);
}

void client_session::on_starttls(int code) {
  if (code == 220)
    return enter(client_state::handshake);
  if (code < 400)
    return fail_protocol("unexpected " + to_string(replies_.words()) + " to STARTTLS");
  if (must_have_tls())
    return fail(session_failure::tls_refused, replies_.words(), true);
  become_ready(); // RFC 3207 §4.1: it may go on as if nothing had been said
}

void client_session::on_old_hello(int code) {
  if (code >= 400)
    return fail(session_failure::hello_refused, replies_.words(), true);
  if (code != 250)
    return fail_protocol("unexpected " + to_string(replies_.words()) + " to our greeting");
  become_ready();
}

void client_session::become_ready() {
  if (must_have_tls() && !uses_tls_)
    return fail(session_failure::tls_refused,
                {451, "4.7.4", {"TLS is required, and the host does not offer it"}}, false);
  offers_.requiretls = offers_.requiretls && uses_tls_;
  if (tls_ == starttls_use::requiretls && !offers_.requiretls)
    return fail(session_failure::requiretls_refused,
                {550, "5.7.30", {"REQUIRETLS is needed, and the host does not offer it"}}, false);
  if (wants_login_ && !logged_in_)
    return begin_login();
  enter(client_state::ready);
  events_.push_back(session_ready{offers_});
  for (auto* mail : {front(), behind()})
    if (mail)
      mail->admit(offers_, options_);
  end_finished();
}

void client_session::on_ready(int code) {
  const auto what = awaited_.what();
  const auto slot = awaited_.slot();
  awaited_.pop();
  // Code 3xx means that the peer waits for more, of which only DATA knows.
  if (code < 400 && (what == awaited::data ? code != 354 : !is_ok(code)))
    return fail_protocol("unexpected " + to_string(replies_.words()) + " as "
                         + std::string(to_string(what)));
  if (what == awaited::reset) {
    if (!is_ok(code))
      fail_protocol("RSET refused: " + to_string(replies_.words()));
    return;
  }
  // Whoever is in front has all its replies before the first one of the one behind.
  TROUPE_EXPECT(slot == front_ && front());
  auto& mail = *front();
  --mail.replies_due;
  on_transaction_reply(what, mail, code);
  end_finished();
}

void client_session::on_transaction_reply(awaited what, client_progress& mail, int code) {
  switch (what) {
    case awaited::mail:
      mail.mail_answered = true;
      mail.mail_refused = !is_ok(code);
      if (mail.mail_refused)
        mail.settle_all(kind_of(code, mail), replies_.words(), true);
      return;
    case awaited::recipient:
      if (is_ok(code))
        return mail.accept_next_recipient();
      return on_recipient_refused(mail, code);
    case awaited::data: return on_data_reply(mail, code);
    case awaited::chunk:
      if (!is_ok(code)) {
        mail.settle_all(kind_of(code, mail), replies_.words(), true);
        mail.step = client_step::sent;
        want_ = want::nothing;
      }
      return;
    case awaited::message: return on_message_reply(mail, code);
    case awaited::lone_dot: mail.body_answered = true; return;
    case awaited::greeting:
    case awaited::hello:
    case awaited::starttls:
    case awaited::login:
    case awaited::reset:
    case awaited::quit: return;
  }
}

void client_session::on_recipient_refused(client_progress& mail, int code) {
  const auto answer = replies_.words();
  // RFC 5321 §4.5.3.1.10: too many recipients at once, not a full mailbox.
  const bool too_many
    = code == 552 && mail.accepted() > 0 && (answer.enhanced.empty() || answer.enhanced == "5.5.3");
  mail.settle_next_recipient(too_many ? outcome_kind::deferred : kind_of(code, mail), answer);
}

void client_session::on_data_reply(client_progress& mail, int code) {
  if (code != 354)
    return mail.settle_all(kind_of(code, mail), replies_.words(), true);
  if (mail.accepted() > 0) {
    mail.step = client_step::body;
    want_ = want::to_ask;
  } else if (options_.protocol == client_protocol::smtp) {
    mail.step = client_step::abandoned; // RFC 2920 §3.1
  } else {
    // RFC 2033 §4.2 forbids it, and nobody knows how many replies a dot would get.
    fail_protocol("354 from LMTP without a recipient");
  }
}

void client_session::on_message_reply(client_progress& mail, int code) {
  const auto answer = replies_.words();
  if (options_.protocol == client_protocol::lmtp)
    mail.settle_next_accepted(kind_of(code, mail), answer);
  else
    mail.settle_all(kind_of(code, mail), answer, true);
  mail.body_answered = mail.replies_due == 0;
  messages_ += mail.body_answered;
}

void client_session::on_unasked(int code) {
  const auto words = replies_.words();
  if (code == 421 || (code >= 400 && is_between_messages()))
    return fail(session_failure::shut_by_peer, words, true);
  const bool early = front() && front()->step == client_step::body;
  fail_protocol(
    (early ? "answer before the end of the message: " : "answer that nobody asked for: ")
    + to_string(words));
}

outcome_kind client_session::kind_of(int code, const client_progress& mail) const noexcept {
  if (is_ok(code))
    return outcome_kind::delivered;
  const bool about_session = (code == 500 || code == 503) && !mail.first_of_session;
  return code >= 500 && !about_session ? outcome_kind::failed : outcome_kind::deferred;
}

} // namespace troupe::smtp
