#include "tests/net/smtp/client_player.hpp"

#include <charconv>
#include <stdexcept>

namespace troupe::support {

namespace {

std::string_view take_word(std::string_view& text, char end = ' ') {
  const auto at = std::min(text.find(end), text.size());
  const auto word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

/// The escapes are those of the format's lines of bytes.
std::string bytes_of(std::string_view text) {
  return parse_transcript("bytes", "C> " + std::string{text}).steps.at(0).text;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

mailbox address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == text.npos)
    return {bytes_of(text), ""};
  return {bytes_of(text.substr(0, at)), bytes_of(text.substr(at + 1))};
}

std::uint8_t notify_of(std::string_view list) {
  unsigned bits = 0;
  while (!list.empty()) {
    const auto word = take_word(list, ',');
    bits |= word == "never"     ? notify_never
            : word == "success" ? notify_success
            : word == "failure" ? notify_failure
                                : notify_delay;
  }
  return static_cast<std::uint8_t>(bits);
}

std::string words(const reply& answer, bool remote_said) {
  return remote_said ? to_string(answer) : "[" + to_string(answer) + "]";
}

std::string_view name_of(outcome_kind kind) {
  return kind == outcome_kind::delivered ? "delivered"
         : kind == outcome_kind::failed  ? "failed"
                                         : "deferred";
}

} // namespace

client_player::client_player(const transcript& script, recorder& record)
  : record_(record),
    verdicts_(verdicts(script)),
    options_(options_of(script)),
    session_(options_, "mx.example.org", now_, tls_of(script)) {
  for (const auto& [key, value] : script.settings)
    if (key == "login")
      session_.log_in();
  pump();
}

smtp::client_options client_player::options_of(const transcript& script) {
  smtp::client_options options;
  options.hostname = "client.example.net";
  for (const auto& [key, value] : script.settings) {
    if (key == "protocol" && value == "lmtp")
      options.protocol = smtp::client_protocol::lmtp;
    else if (key == "pipelining" && value == "never")
      options.pipelining = smtp::pipelining_use::never;
    else if (key == "chunking" && (value == "never" || value == "preferred"))
      options.chunking
        = value == "never" ? smtp::chunking_use::never : smtp::chunking_use::preferred;
    else if (key != "tls" && key != "login")
      throw std::runtime_error("no such setting: " + key + ' ' + value);
  }
  return options;
}

smtp::starttls_use client_player::tls_of(const transcript& script) {
  for (const auto& [key, value] : script.settings)
    if (key == "tls")
      return value == "may"          ? smtp::starttls_use::when_offered
             : value == "requiretls" ? smtp::starttls_use::requiretls
                                     : smtp::starttls_use::required;
  return smtp::starttls_use::never;
}

void client_player::take(std::string_view bytes) {
  session_.receive(bytes, now_);
  pump();
}

void client_player::pass(std::chrono::milliseconds time) {
  now_ += time;
  session_.tick(now_);
  pump();
}

void client_player::order(std::string_view text) {
  const auto verb = take_word(text);
  if (verb == "begin") {
    begin(text);
  } else if (verb == "supply") {
    const auto token = number(take_word(text));
    supply(token, text);
  } else if (verb == "fail") {
    session_.body_failed(number(text));
  } else if (verb == "quit") {
    session_.quit(now_);
  } else if (verb == "tls") {
    if (take_word(text) == "started")
      session_.tls_started(now_);
    else
      session_.tls_failed(text);
  } else if (verb == "login") {
    const auto mechanism = take_word(text);
    const auto response = text == "empty" ? std::string{} : bytes_of(text);
    session_.login(mechanism, text.empty() ? std::nullopt : std::optional<std::string_view>{response});
  } else if (verb == "answer") {
    session_.answer_challenge(bytes_of(text));
  } else if (verb == "no") {
    take_word(text);
    session_.login_failed(text);
  } else if (verb == "drop") {
    session_.disconnected();
  } else {
    throw std::runtime_error("no such order: " + std::string{verb});
  }
  pump();
}

void client_player::begin(std::string_view text) {
  smtp::transaction what;
  what.token = number(take_word(text));
  what.body_bytes = 4;
  recipient details;
  std::vector<std::string> names;
  while (!text.empty()) {
    auto value = take_word(text);
    const auto key = take_word(value, '=');
    if (key == "from")
      what.mail.sender = address(value);
    else if (key == "to")
      while (!value.empty())
        names.emplace_back(take_word(value, ','));
    else if (key == "size")
      what.body_bytes = number(value);
    else if (key == "body")
      what.mail.body = value == "8bit" ? body_type::eight_bit_mime : body_type::binary_mime;
    else if (key == "has") {
      what.body.has_8bit = value.find("8bit") != value.npos;
      what.body.has_8bit_header = value.find("8bit-header") != value.npos;
      what.body.ends_in_crlf = value.find("no-crlf") == value.npos;
    } else if (key == "utf8")
      what.mail.smtputf8 = true;
    else if (key == "ret")
      what.mail.ret = value == "full" ? dsn_return::full : dsn_return::headers;
    else if (key == "tls")
      what.mail.tls = tls_wish::required;
    else if (key == "envid")
      what.mail.envid = bytes_of(value);
    else if (key == "notify")
      details.notify = notify_of(value);
    else if (key == "orcpt")
      details.orcpt = bytes_of(value);
    else if (key == "priority")
      what.mail.priority = value.starts_with('-') ? -static_cast<int>(number(value.substr(1)))
                                                  : static_cast<int>(number(value));
    else
      throw std::runtime_error("begin knows no " + std::string{key});
  }
  for (const auto& name : names) {
    details.address = address(name);
    what.mail.recipients.push_back(details);
  }
  begun_[what.token].recipients = std::move(names);
  if (!session_.can_begin())
    throw std::runtime_error("the session can't begin another");
  session_.begin(std::move(what), now_);
}

void client_player::supply(std::uint64_t token, std::string_view how) {
  const auto verb = take_word(how);
  if (verb == "later")
    return;
  if (verb == "fail")
    return session_.body_failed(token);
  const auto bytes = verb == "accept" ? "Hi\r\n" : bytes_of(how);
  session_.supply_body(token, bytes, verb == "more" ? smtp::piece::more_follow : smtp::piece::last,
                       now_);
}

void client_player::pump() {
  while (const auto todo = session_.next())
    show(*todo);
}

void client_player::show(const smtp::client_action& what) {
  if (std::holds_alternative<smtp::session_ready>(what)) {
    record_.told("ready");
  } else if (std::holds_alternative<smtp::start_tls>(what)) {
    record_.told("start tls");
  } else if (const auto* offered = std::get_if<smtp::want_login>(&what)) {
    std::string text = "want login";
    for (const auto& each : offered->mechanisms)
      text += ' ' + each;
    record_.told(text);
  } else if (const auto* challenge = std::get_if<smtp::login_challenge>(&what)) {
    record_.told("challenge \"" + printable(challenge->bytes) + '"');
  } else if (const auto* failed = std::get_if<smtp::session_failed>(&what)) {
    record_.told("failed " + std::string{to_string(failed->kind)} + ' '
                 + words(failed->answer, failed->remote_said));
  } else if (const auto* done = std::get_if<smtp::transaction_done>(&what)) {
    show_done(*done);
  } else if (const auto* wanted = std::get_if<smtp::want_body>(&what)) {
    record_.asked("body " + std::to_string(wanted->token));
    std::string how = "accept";
    if (!verdicts_.empty()) {
      how = verdicts_.front();
      verdicts_.pop_front();
    }
    supply(wanted->token, how);
  } else if (const auto* write = std::get_if<smtp::write_bytes>(&what)) {
    record_.wrote(write->bytes);
    session_.wrote(now_);
  } else {
    record_.told("hang up");
  }
}

void client_player::show_done(const smtp::transaction_done& what) {
  auto& mail = begun_.at(what.token);
  const auto token = std::to_string(what.token);
  ++mail.ends;
  if (what.attempt == smtp::attempt::not_made) {
    mail.complete = what.outcomes.empty();
    return record_.told(token + " not made");
  }
  mail.complete = what.outcomes.size() == mail.recipients.size();
  for (std::size_t i = 0; i < what.outcomes.size() && mail.complete; ++i) {
    const auto& one = what.outcomes[i];
    mail.complete = one.remote == "mx.example.org" && !one.answer.lines.empty();
    record_.told(token + ' ' + mail.recipients[i] + ' ' + std::string{name_of(one.kind)}
                 + (one.takes_dsn ? ", takes DSN, " : " ") + words(one.answer, one.remote_said));
  }
}

std::string client_player::broken_promise() const {
  for (const auto& [token, mail] : begun_) {
    if (mail.ends != 1)
      return std::to_string(token) + " ended " + std::to_string(mail.ends) + " times";
    if (!mail.complete)
      return std::to_string(token) + " ended without all its outcomes";
  }
  return {};
}

} // namespace troupe::support
