#include "tests/net/smtp/server_player.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

namespace troupe::support {

namespace {

using namespace smtp;

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

/// The limits that scripts set are lower than `check` allows: they are to be hit.
session_options options_of(const transcript& script) {
  session_options options;
  options.hostname = "mx.example.org";
  options.greeting = "ESMTP";
  const auto on = [](const std::string& value) { return value == "on"; };
  const std::map<std::string, std::function<void(const std::string&)>> fields{
    {"bare_newline",
     [&](auto& v) {
       options.bare_newline = v == "normalize" ? bare_newline::normalize : bare_newline::reject;
     }},
    {"line_bytes_max", [&](auto& v) { options.line_bytes_max = std::stoul(v); }},
    {"recipients_max", [&](auto& v) { options.recipients_max = std::stoul(v); }},
    {"message_bytes_max", [&](auto& v) { options.message_bytes_max = std::stoul(v); }},
    {"errors_max", [&](auto& v) { options.errors_max = static_cast<unsigned>(std::stoul(v)); }},
    {"messages_max", [&](auto& v) { options.messages_max = static_cast<unsigned>(std::stoul(v)); }},
    {"received_hops_max",
     [&](auto& v) { options.received_hops_max = static_cast<unsigned>(std::stoul(v)); }},
    {"idle_max_s", [&](auto& v) { options.idle_max = seconds{std::stoul(v)}; }},
    {"data_block_max_s", [&](auto& v) { options.data_block_max = seconds{std::stoul(v)}; }},
    {"data_block_bytes", [&](auto& v) { options.data_block_bytes = std::stoul(v); }},
    {"smtputf8", [&](auto& v) { options.offers_smtputf8 = on(v); }},
    {"dialect", [&](auto& v) { options.dialect = v == "lmtp" ? dialect::lmtp : dialect::smtp; }},
    {"limits", [&](auto& v) { options.offers_limits = on(v); }},
    {"binary_mime", [&](auto& v) { options.offers_binary_mime = on(v); }},
    {"tarpit_step_ms", [&](auto& v) { options.tarpit_step = std::chrono::milliseconds{std::stoul(v)}; }},
    {"tarpit_longest_ms", [&](auto& v) { options.tarpit_longest = std::chrono::milliseconds{std::stoul(v)}; }},
    {"claims", [](auto&) {}},
    {"dsn", [&](auto& v) { options.offers_dsn = on(v); }},
    {"mt_priority", [&](auto& v) { options.offers_mt_priority = on(v); }},
    {"logins",
     [&](auto& v) { options.logins = v == "required" ? login_use::required : login_use::optional; }},
    {"offer", [](auto&) {}},
    {"starttls",
     [&](auto& v) {
       options.starttls = v == "required" ? tls_use::required : tls_use::optional;
     }},
    {"peer", [](auto&) {}},
    {"begin", [](auto&) {}},
  };
  for (const auto& [key, value] : script.settings)
    fields.at(key)(value);
  return options;
}

bool is_set(const transcript& script, std::string_view wanted, std::string_view to) {
  return std::any_of(script.settings.begin(), script.settings.end(),
                     [&](const setting& each) { return each.key == wanted && each.value == to; });
}

/// "% peer trusted".
peer_trust trust_of(const transcript& script) {
  for (const auto& [key, value] : script.settings)
    if (key == "peer" && value == "trusted")
      return peer_trust::trusted;
  return peer_trust::stranger;
}

/// "% offer PLAIN LOGIN".
std::string offer_of(const transcript& script) {
  for (const auto& [key, value] : script.settings)
    if (key == "offer")
      return value;
  return {};
}

std::string describe(const ask_login& asked) {
  std::string text = asked.mechanism.empty() ? "answer" : "login " + std::string{asked.mechanism};
  if (asked.response)
    text += asked.response->size() > 100 ? ' ' + std::to_string(asked.response->size()) + " bytes"
                                         : " \"" + printable(*asked.response) + '"';
  return text;
}

std::string prologue_of(const transcript& script) {
  std::string bytes;
  for (const auto& [key, value] : script.settings) {
    if (key != "begin" || value == "within tls")
      continue;
    bytes = is_set(script, "dialect", "lmtp") ? "LHLO client.example.net\r\n" : "EHLO client.example.net\r\n";
    if (value != "ready")
      bytes += "MAIL FROM:<ann@example.net>\r\nRCPT TO:<bob@example.org>\r\n";
    if (value == "body")
      bytes += "DATA\r\n";
  }
  return bytes;
}

std::string describe(const ask_sender& asked) {
  const auto& mail = asked.mail;
  std::ostringstream text;
  text << "sender <" << to_string(mail.sender) << '>';
  if (asked.declared_bytes)
    text << " size=" << *asked.declared_bytes;
  if (mail.body == body_type::eight_bit_mime)
    text << " body=8bitmime";
  if (mail.body == body_type::binary_mime)
    text << " body=binarymime";
  if (mail.smtputf8)
    text << " smtputf8";
  if (mail.ret != dsn_return::unset)
    text << " ret=" << (mail.ret == dsn_return::full ? "full" : "hdrs");
  if (!mail.envid.empty())
    text << " envid=" << mail.envid;
  if (mail.priority != 0)
    text << " priority=" << mail.priority;
  if (mail.tls == tls_wish::required)
    text << " tls=required";
  CHECK(mail.recipients.empty());
  return text.str();
}

std::string describe(const recipient& to) {
  std::ostringstream text;
  text << "recipient <" << to_string(to.address) << '>';
  if (to.notify != notify_unset) {
    text << " notify=";
    for (const auto& [bit, letter] : {std::pair{notify_never, 'n'}, {notify_success, 's'},
                                      {notify_failure, 'f'}, {notify_delay, 'd'}})
      if ((to.notify & bit) != 0)
        text << letter;
  }
  if (!to.orcpt.empty())
    text << " orcpt=" << to.orcpt;
  return text.str();
}

std::string describe(const client_claims& said) {
  std::string text = "claims";
  if (said.address)
    text += " address=" + to_string(*said.address);
  if (said.hello)
    text += " hello=" + *said.hello;
  if (said.login)
    text += " login=" + *said.login;
  return text;
}

verdict parse_verdict(const std::string& text) {
  std::istringstream words{text};
  std::string what;
  words >> what;
  if (what == "accept") {
    std::string rest;
    std::getline(words >> std::ws, rest);
    return accepted{rest};
  }
  if (what == "challenge") {
    std::string rest;
    std::getline(words >> std::ws, rest);
    return challenge{rest};
  }
  reply answer;
  std::string line;
  words >> answer.code >> answer.enhanced;
  std::getline(words >> std::ws, line);
  answer.lines.push_back(line);
  return refused{answer};
}

} // namespace

server_player::server_player(const transcript& script, recorder& record)
  : options_(options_of(script)), offer_(offer_of(script)), record_(record), verdicts_(verdicts(script)),
    session_(options_, now_) {
  const auto prologue = prologue_of(script);
  recording_ = prologue.empty();
  session_.set_trust(trust_of(script));
  session_.offer_logins(offer_.empty() ? nullptr : &offer_);
  for (const auto& [key, value] : script.settings)
    if (key == "begin" && value == "within tls")
      session_.tls_began(now_);
  if (is_set(script, "claims", "offered"))
    session_.offer_claims();
  pull();
  if (!prologue.empty())
    take(prologue);
  recording_ = true;
}

void server_player::take(std::string_view bytes) {
  while (!bytes.empty() && session_.room() > 0) {
    const auto now_taken = bytes.substr(0, session_.room());
    session_.receive(now_taken, now_);
    bytes.remove_prefix(now_taken.size());
    pull();
  }
}

void server_player::pass(std::chrono::milliseconds time) {
  now_ += time;
  session_.tick(now_);
  pull();
}

void server_player::order(std::string_view text) {
  if (text == "end of input")
    session_.end_of_input(now_);
  else if (text == "drain")
    session_.drain(now_);
  else if (text == "handshake done")
    session_.tls_began(now_);
  else
    FAIL("no such order: " << text);
  pull();
}

void server_player::pull() {
  while (const auto todo = session_.next()) {
    CHECK_FALSE(hung_up_);
    act(*todo);
  }
}

std::string server_player::next_verdict() {
  if (!recording_ || verdicts_.empty())
    return "accept";
  auto first = std::move(verdicts_.front());
  verdicts_.pop_front();
  return first;
}

void server_player::answer(std::string_view question) {
  CHECK(session_.awaits_verdict());
  CHECK(session_.room() == 0);
  CHECK(session_.deadline() == steady_time::max());
  CHECK_FALSE(session_.next().has_value()); // nothing comes before the verdict
  const bool is_commit = question.starts_with("commit");
  const bool is_body = question == "body";
  if (recording_)
    record_.asked(question);
  const auto said = parse_verdict(next_verdict());
  if (std::holds_alternative<accepted>(said)) {
    log_.kept += is_commit ? 1 : 0;
    log_.begun += is_body ? 1 : 0;
  }
  session_.decide(said, now_);
}

void server_player::act(const server_action& todo) {
  // Views and references of `todo` die with the next call, so texts are made first.
  std::visit(overloaded{
               [&](const write_bytes& x) {
                 CHECK_FALSE(x.bytes.empty());
                 if (recording_)
                   record_.wrote(x.bytes);
               },
               [&](const ask_peer&) { answer("peer"); },
               [&](const ask_sender& x) { answer(describe(x)); },
               [&](const ask_recipient& x) { answer(describe(x.to)); },
               [&](const begin_body&) { answer("body"); },
               [&](const append_body& x) {
                 CHECK_FALSE(x.bytes.empty());
                 record_.body(x.bytes);
               },
               [&](const ask_commit& x) {
                 answer("commit bytes=" + std::to_string(x.body_bytes)
                        + " recipients=" + std::to_string(x.mail.recipients.size())
                        + (x.mail.tls == tls_wish::optional ? " tls=optional" : ""));
               },
               [&](const ask_claims& x) { answer(describe(x.claims)); },
               [&](const discard_body&) {
                 ++log_.discarded;
                 record_.drop_body();
                 record_.told("body discarded");
               },
               [&](const ask_login& x) { answer(describe(x)); },
               [&](const login_cancelled&) { record_.told("login cancelled"); },
               [&](const command_done& x) { CHECK(x.code >= 200); },
               [&](const start_tls&) {
                 CHECK(session_.room() == 0);
                 CHECK(session_.deadline() == steady_time::max());
                 record_.told("handshake");
               },
               [&](const hang_up&) {
                 hung_up_ = true;
                 record_.told("hang up");
               },
             },
             todo);
}

} // namespace troupe::support
