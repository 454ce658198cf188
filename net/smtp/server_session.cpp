#include "net/smtp/server_session.hpp"

#include "net/core/expect.hpp"
#include "net/smtp/command.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace troupe::smtp {

server_session::server_session(const session_options& options, steady_time now)
  : options_(&options), now_(now), deadline_(now) {}

server_session::~server_session() = default;

void server_session::receive(std::string_view bytes, steady_time now) {
  TROUPE_EXPECT(bytes.size() <= room());
  forget_used();
  now_ = now;
  waiting_ = false; // until `next` has seen them
  input_.erase(0, input_used_);
  input_used_ = 0;
  input_.append(bytes);
}

std::size_t server_session::room() const noexcept {
  if (awaits_verdict() || !peer_asked_ || paused_until_ != steady_time{} || input_ended_
      || state_ == session_state::closed || state_ == session_state::securing)
    return 0;
  const auto most = in_message() ? body_room_bytes_max : command_room_bytes_max;
  return most - std::min(most, unread().size());
}

std::optional<server_action> server_session::next() {
  forget_used();
  waiting_ = false;
  while (!hung_up_) {
    if (done_) {
      const auto done = *done_;
      done_.reset();
      return done;
    }
    if (body_unwanted_) {
      body_unwanted_ = body_begun_ = false;
      return discard_body{};
    }
    if (login_unwanted_) {
      login_unwanted_ = false;
      return login_cancelled{};
    }
    if (awaits_verdict() || paused_until_ != steady_time{})
      return std::nullopt;
    if (!peer_asked_) {
      peer_asked_ = true;
      return ask(question::peer, ask_peer{});
    }
    if (state_ == session_state::closed) {
      if (!output_.empty())
        return speak();
      hung_up_ = true;
      return hang_up{};
    }
    if (state_ == session_state::securing) {
      if (!output_.empty())
        return speak();
      if (std::exchange(handshake_shown_, true))
        return std::nullopt;
      return start_tls{};
    }
    if (output_.size() >= reply_batch_bytes_max)
      return speak();
    if (draining_ && !in_message()) {
      close_with(verb::none, replies::draining);
      continue;
    }
    const auto before = unread().size();
    const auto state_before = state_;
    if (auto action = work())
      return action;
    if (unread().size() != before || state_ != state_before || done_ || body_unwanted_ || login_unwanted_
        || paused_until_ != steady_time{} || !peer_asked_)
      continue;
    if (!output_.empty())
      return speak();
    if (input_ended_) {
      close();
      continue;
    }
    on_input_used_up();
    return std::nullopt;
  }
  return std::nullopt;
}

void server_session::decide(const verdict& answer, steady_time now) {
  TROUPE_EXPECT(awaits_verdict());
  if (const auto* no = std::get_if<refused>(&answer))
    TROUPE_EXPECT(no->answer.code >= 400 && no->answer.code < 600);
  TROUPE_EXPECT(asked_ == question::login || !std::holds_alternative<challenge>(answer));
  forget_used();
  now_ = now;
  const auto asked = std::exchange(asked_, question::none);
  switch (asked) {
    case question::none: break;
    case question::peer: decide_peer(answer); break;
    case question::sender: decide_sender(answer); break;
    case question::recipient: decide_recipient(answer); break;
    case question::body: decide_body(answer); break;
    case question::commit: decide_commit(answer); break;
    case question::login: decide_login(answer); break;
    case question::claims: decide_claims(answer); break;
  }
  if (const auto* no = std::get_if<refused>(&answer); no && no->answer.code == 421)
    close();
}

void server_session::end_of_input(steady_time now) {
  forget_used();
  now_ = now;
  input_ended_ = true;
}

void server_session::drain(steady_time now) {
  forget_used();
  now_ = now;
  draining_ = true;
  paused_until_ = {};
}

void server_session::resume(steady_time now) {
  now_ = now;
  if (state_ == session_state::closed)
    return;
  if (in_message() && state_ != session_state::between)
    wait_for_block();
  else
    wait_for_command();
}

void server_session::tick(steady_time now) {
  if (now < deadline())
    return;
  forget_used();
  now_ = now;
  if (std::exchange(paused_until_, {}) != steady_time{}) {
    wait_for_command(); // the pause was ours
    return;
  }
  close_with(verb::none, replies::timeout);
}

steady_time server_session::deadline() const noexcept {
  if (paused_until_ != steady_time{})
    return paused_until_;
  return waiting_ && state_ != session_state::closed ? deadline_ : steady_time::max();
}

/// The only place where the state changes, and each state's first deadline is set.
void server_session::enter(session_state state) {
  state_ = state;
  switch (state) {
    case session_state::body:
    case session_state::chunk:
    case session_state::skipping: wait_for_block(); break;
    case session_state::connecting:
    case session_state::turned_away:
    case session_state::greeted:
    case session_state::ready:
    case session_state::envelope:
    case session_state::between:
    case session_state::committing:
    case session_state::login:
    case session_state::securing:
    case session_state::closed: wait_for_command(); break;
  }
}

void server_session::wait_for_command() { deadline_ = now_ + options_->idle_max; }

void server_session::wait_for_block() {
  deadline_ = now_ + std::min(options_->data_block_max, options_->idle_max);
  block_bytes_ = 0;
}

/// Views that `next` gave out end here.
void server_session::forget_used() {
  if (output_shown_)
    output_ = {};
  output_shown_ = false;
}

/// It is the peer's turn: keep no capacity for it, and start the clock of a command
/// whose first bytes are here. More bytes of the same command do not set it again.
void server_session::on_input_used_up() {
  waiting_ = true;
  input_ = std::string{unread()};
  input_used_ = 0;
  if (in_message() && state_ != session_state::between)
    return;
  const bool begun = !input_.empty() || line_too_long_;
  if (begun && !line_begun_)
    wait_for_command();
  line_begun_ = begun;
}

server_action server_session::speak() {
  output_shown_ = true;
  return write_bytes{output_};
}

std::optional<server_action> server_session::work() {
  switch (state_) {
    case session_state::turned_away:
    case session_state::greeted:
    case session_state::ready:
    case session_state::envelope:
    case session_state::between: return work_line();
    case session_state::body: return work_body();
    case session_state::chunk: return work_chunk();
    case session_state::skipping: work_skipping(); return std::nullopt;
    case session_state::login: return work_login();
    case session_state::connecting: // a verdict is awaited
    case session_state::committing:
    case session_state::securing:
    case session_state::closed: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<server_action> server_session::work_line() {
  const auto input = unread();
  // Only CRLF ends a line; parse_command refuses what has a bare CR or LF inside.
  const auto end = input.find("\r\n");
  if (end == std::string_view::npos || end + 2 > line_limit() || line_too_long_) {
    if (end != std::string_view::npos || input.size() >= line_limit() || line_too_long_)
      skip_long_line();
    return std::nullopt;
  }
  input_used_ += end + 2;
  line_begun_ = false;
  wait_for_command();
  if (const auto line = parse_command(input.substr(0, end)))
    return on_command(*line);
  say_error(verb::unknown, replies::bad_characters);
  return std::nullopt;
}

/// Drops what is here of a line without keeping it, and answers once it ends.
void server_session::skip_long_line() {
  const auto input = unread();
  const auto end = input.find("\r\n");
  line_too_long_ = end == std::string_view::npos;
  if (line_too_long_) {
    input_used_ += input.size() - (input.ends_with('\r') ? 1 : 0);
    return;
  }
  input_used_ += end + 2;
  line_begun_ = false;
  wait_for_command();
  if (state_ == session_state::login)
    cancel_login(replies::login_line_too_long);
  else
    say_error(verb::unknown, replies::line_too_long);
}

server_action server_session::ask(question what, server_action action) {
  asked_ = what;
  return action;
}

void server_session::say(verb what, std::string_view line) {
  (output_ += line) += "\r\n";
  std::uint16_t code = 0;
  std::from_chars(line.data(), line.data() + line.size(), code);
  done_ = command_done{what, code};
}

/// A bad command: it counts against the connection.
void server_session::say_error(verb what, std::string_view line) {
  say(what, line);
  if (++errors_ < options_->errors_max) {
    begin_pause();
    return;
  }
  (output_ += replies::too_many_errors) += "\r\n";
  close();
}

void server_session::close_with(verb what, std::string_view line) {
  say(what, line);
  close();
}

void server_session::close() {
  paused_until_ = {};
  drop_transaction();
  login_unwanted_ |= std::exchange(login_begun_, false);
  input_ = {};
  input_used_ = 0;
  enter(session_state::closed);
}

void server_session::drop_transaction() {
  body_unwanted_ = body_begun_;
  mail_.reset();
}

std::string_view server_session::unread() const noexcept {
  return std::string_view{input_}.substr(input_used_);
}

/// From the accepted begin_body to the reply at the message's end.
bool server_session::in_message() const noexcept {
  switch (state_) {
    case session_state::body:
    case session_state::chunk:
    case session_state::between:
    case session_state::skipping:
    case session_state::committing: return true;
    case session_state::connecting:
    case session_state::turned_away:
    case session_state::greeted:
    case session_state::ready:
    case session_state::envelope:
    case session_state::login:
    case session_state::securing:
    case session_state::closed: return false;
  }
  return false;
}

std::string_view to_string(session_state state) noexcept {
  constexpr std::array<std::string_view, 13> names{
    "connecting", "turned_away", "greeted",  "ready",      "envelope", "body",
    "chunk",      "between",     "skipping", "committing", "login",    "securing",
    "closed"};
  return names[static_cast<std::size_t>(state)];
}

} // namespace troupe::smtp
