// The commands of the server machine, outside of a message's bytes.

#include "net/core/address_text.hpp"
#include "net/core/envelope.hpp"
#include "net/smtp/arguments.hpp"
#include "net/smtp/command.hpp"
#include "net/smtp/peer_name.hpp"
#include "net/smtp/reply_text.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <algorithm>

namespace troupe::smtp {

std::optional<server_action> server_session::on_command(const command& line) {
  if (state_ == session_state::turned_away && line.what != verb::quit) {
    if (line.what == verb::bdat)
      return on_bdat(line.args);
    say_error(line.what, replies::turned_away);
    return std::nullopt;
  }
  const bool may_be_foreign = line.what == verb::mail || line.what == verb::rcpt;
  if (!may_be_foreign && !std::all_of(line.args.begin(), line.args.end(), is_ascii)) {
    say_error(line.what, line.what == verb::unknown ? replies::unknown_command : replies::ascii_only);
    return std::nullopt;
  }
  if (must_begin_tls(line.what)) {
    say_error(line.what, replies::tls_first); // RFC 3207 §4
    return std::nullopt;
  }
  switch (line.what) {
    case verb::ehlo:
    case verb::helo:
    case verb::lhlo: on_hello(line); break;
    case verb::xclient: return on_xclient(line.args);
    case verb::mail: return on_mail(line.args);
    case verb::rcpt: return on_rcpt(line.args);
    case verb::bdat: return on_bdat(line.args);
    case verb::data:
    case verb::rset:
    case verb::quit:
      if (!line.args.empty()) {
        say_error(line.what, replies::no_arguments);
        break;
      }
      if (line.what == verb::data)
        return on_data();
      if (line.what == verb::quit) {
        close_with(line.what, replies::bye);
        break;
      }
      drop_transaction();
      if (state_ != session_state::greeted)
        enter(session_state::ready);
      say(line.what, replies::ok);
      break;
    case verb::auth: return on_auth(line.args);
    case verb::starttls: on_starttls(line.args); break;
    case verb::noop: say(line.what, replies::ok); break;
    case verb::vrfy:
      if (line.args.empty())
        say_error(line.what, replies::argument_missing);
      else if (must_log_in())
        say_error(line.what, replies::login_first);
      else
        say(line.what, replies::vrfy);
      break;
    case verb::expn: say_error(line.what, replies::expn); break;
    case verb::help: say(line.what, replies::help); break;
    case verb::none:
    case verb::message:
    case verb::unknown: say_error(line.what, replies::unknown_command); break;
  }
  return std::nullopt;
}

void server_session::on_hello(const command& line) {
  if ((line.what == verb::lhlo) != (options_->dialect == dialect::lmtp)) {
    say_error(line.what, replies::unknown_command); // RFC 2033 §4.1
    return;
  }
  if (!is_peer_name(line.args)) {
    say_error(line.what, replies::hello_syntax);
    return;
  }
  drop_transaction(); // §4.1.4
  if (!name_claimed_)
    peer_name_ = line.args;
  extended_ = line.what != verb::helo;
  enter(session_state::ready);
  if (!extended_) {
    say(line.what, "250 " + options_->hostname);
    return;
  }
  std::vector<std::string> lines{options_->hostname,
                                 "PIPELINING",
                                 "SIZE " + std::to_string(options_->message_bytes_max),
                                 "8BITMIME",
                                 "ENHANCEDSTATUSCODES",
                                 "CHUNKING"};
  if (options_->offers_binary_mime)
    lines.emplace_back("BINARYMIME");
  if (options_->offers_smtputf8)
    lines.emplace_back("SMTPUTF8");
  if (options_->offers_dsn)
    lines.emplace_back("DSN");
  if (options_->offers_mt_priority && trust_ == peer_trust::trusted)
    lines.emplace_back("MT-PRIORITY");
  if (options_->offers_requiretls && within_tls_)
    lines.emplace_back("REQUIRETLS");
  if (!logged_in_ && logins_offered_)
    lines.push_back("AUTH " + *logins_offered_);
  if (options_->starttls != tls_use::off && !within_tls_)
    lines.emplace_back("STARTTLS");
  if (options_->offers_limits)
    lines.push_back("LIMITS MAILMAX=" + std::to_string(options_->messages_max)
                    + " RCPTMAX=" + std::to_string(options_->recipients_max));
  if (claims_offered_)
    lines.push_back("XCLIENT " + std::string{client_claim_names});
  say(line.what, reply_text({250, {}, std::move(lines)}));
}

std::optional<server_action> server_session::on_mail(std::string_view args) {
  if (state_ != session_state::ready) {
    say_error(verb::mail, state_ == session_state::greeted    ? replies::hello_first
                          : state_ == session_state::envelope ? replies::nested_mail
                                                              : replies::chunks_begun);
    return std::nullopt;
  }
  if (must_log_in()) {
    say_error(verb::mail, replies::login_first); // RFC 4954 §6
    return std::nullopt;
  }
  if (messages_ >= options_->messages_max) {
    close_with(verb::mail, replies::too_many_messages);
    return std::nullopt;
  }
  auto read = parse_mail_arguments(args, *options_, trust_,
                                   within_tls_ ? wire::tls : wire::plain);
  if (const auto* bad = std::get_if<bad_arguments>(&read)) {
    say_error(verb::mail, bad->line);
    return std::nullopt;
  }
  auto& given = std::get<mail_arguments>(read);
  if (given.declared_bytes.value_or(0) > options_->message_bytes_max) {
    say(verb::mail, replies::too_long); // RFC 1870 §6.1
    return std::nullopt;
  }
  mail_ = std::make_unique<transaction>();
  mail_->mail = std::move(given.mail);
  return ask(question::sender, ask_sender{mail_->mail, given.declared_bytes});
}

std::optional<server_action> server_session::on_rcpt(std::string_view args) {
  if (state_ != session_state::envelope) {
    say_error(verb::rcpt, state_ == session_state::greeted ? replies::hello_first
                          : state_ == session_state::ready ? replies::mail_first
                                                           : replies::chunks_begun);
    return std::nullopt;
  }
  auto read = parse_rcpt_arguments(args, mail_->mail, *options_);
  if (const auto* bad = std::get_if<bad_arguments>(&read)) {
    say_error(verb::rcpt, bad->line);
    return std::nullopt;
  }
  if (mail_->mail.recipients.size() >= options_->recipients_max) {
    say(verb::rcpt, replies::too_many_recipients); // §4.5.3.1.10: the client sends the rest later
    return std::nullopt;
  }
  mail_->candidate = std::move(std::get<recipient>(read));
  return ask(question::recipient, ask_recipient{mail_->candidate, mail_->mail});
}

std::optional<server_action> server_session::on_data() {
  if (state_ != session_state::envelope) {
    say_error(verb::data, state_ == session_state::greeted ? replies::hello_first
                          : state_ == session_state::ready ? replies::mail_first
                                                           : replies::chunks_begun);
    return std::nullopt;
  }
  if (mail_->mail.body == body_type::binary_mime) {
    say_error(verb::data, replies::chunks_needed); // RFC 3030 §3
    return std::nullopt;
  }
  if (mail_->mail.recipients.empty()) {
    // No error of a client that pipelines. RFC 2033 §4.2 wants 503 in LMTP.
    say(verb::data, options_->dialect == dialect::lmtp ? replies::nobody_accepted : replies::no_recipients);
    return std::nullopt;
  }
  mail_->frame = framing::dots;
  return ask(question::body, begin_body{mail_->mail});
}

std::optional<server_action> server_session::on_bdat(std::string_view args) {
  const auto size = parse_chunk_size(args);
  if (!size) {
    // Nobody knows where the chunk ends. What is in it must not be read as commands.
    say(verb::bdat, replies::bdat_syntax);
    (output_ += replies::lost_track) += "\r\n";
    close();
    return std::nullopt;
  }
  chunk_left_ = size->bytes;
  if (state_ == session_state::between) {
    mail_->chunk_is_last = size->is_last;
    enter(session_state::chunk);
    return std::nullopt;
  }
  if (state_ != session_state::envelope || mail_->mail.recipients.empty()) {
    // RFC 3030 §2: refused or not, the chunk comes right behind.
    skip_chunk(std::string{state_ == session_state::envelope      ? replies::no_recipients
                         : state_ == session_state::greeted     ? replies::hello_first
                         : state_ == session_state::turned_away ? replies::turned_away
                         : must_begin_tls(verb::mail)           ? replies::tls_first
                                                                : replies::mail_first},
               state_);
    return std::nullopt;
  }
  mail_->chunk_is_last = size->is_last;
  mail_->frame = mail_->mail.body == body_type::binary_mime ? framing::octets : framing::chunks;
  return ask(question::body, begin_body{mail_->mail});
}

void server_session::decide_peer(const verdict& answer) {
  if (const auto* no = std::get_if<refused>(&answer)) {
    enter(session_state::turned_away);
    say(verb::none, reply_text(no->answer));
    return;
  }
  enter(session_state::greeted);
  say(verb::none, "220 " + options_->hostname + ' ' + options_->greeting);
}

void server_session::decide_sender(const verdict& answer) {
  if (const auto* no = std::get_if<refused>(&answer)) {
    drop_transaction();
    wait_for_command();
    say(verb::mail, reply_text(no->answer));
    return;
  }
  enter(session_state::envelope);
  const auto& text = std::get<accepted>(answer).text;
  say(verb::mail, text.empty() ? std::string{replies::sender_ok} : "250 " + text);
}

void server_session::decide_recipient(const verdict& answer) {
  auto candidate = std::exchange(mail_->candidate, {});
  wait_for_command();
  if (const auto* no = std::get_if<refused>(&answer)) {
    say(verb::rcpt, reply_text(no->answer));
    return;
  }
  mail_->mail.recipients.push_back(std::move(candidate));
  ++mail_->recipients;
  const auto& text = std::get<accepted>(answer).text;
  say(verb::rcpt, text.empty() ? std::string{replies::recipient_ok} : "250 " + text);
}

} // namespace troupe::smtp
