// AUTH in the server machine (RFC 4954): it carries base64 between the peer and the
// owner, who knows the mechanisms.

#include "net/core/address_text.hpp"
#include "net/core/base64.hpp"
#include "net/core/expect.hpp"
#include "net/smtp/reply_text.hpp"
#include "net/smtp/server_replies.hpp"
#include "net/smtp/server_transaction.hpp"

#include <algorithm>
#include <utility>

namespace troupe::smtp {

namespace {

/// The word of the offer that is `name` in any case of letters; empty: none is.
std::string_view find_offered(std::string_view offer, std::string_view name) {
  while (!offer.empty()) {
    const auto word = offer.substr(0, offer.find(' '));
    if (equal_ignoring_case(word, name))
      return word;
    offer.remove_prefix(std::min(word.size() + 1, offer.size()));
  }
  return {};
}

} // namespace

bool server_session::must_log_in() const noexcept {
  return options_->logins == login_use::required && !logged_in_;
}

/// An AUTH command may be as long as the lines that follow it.
std::size_t server_session::line_limit() const noexcept {
  const bool is_login
    = state_ == session_state::login
      || (options_->logins != login_use::off && equal_ignoring_case(unread().substr(0, 5), "AUTH "));
  return is_login ? std::max(login_line_bytes_max, options_->line_bytes_max) : options_->line_bytes_max;
}

std::optional<server_action> server_session::on_auth(std::string_view args) {
  const auto flaw = options_->logins == login_use::off                        ? replies::unknown_command
                    : state_ == session_state::greeted || !extended_          ? replies::hello_first
                    : logged_in_                                              ? replies::logged_in_already
                    : state_ != session_state::ready                          ? replies::not_within_mail
                    : !logins_offered_                                        ? replies::encrypt_first
                    : args.empty()                                            ? replies::auth_syntax
                                                                              : std::string_view{};
  if (!flaw.empty()) {
    say_error(verb::auth, flaw);
    return std::nullopt;
  }
  const auto name = args.substr(0, args.find(' '));
  const auto mechanism = find_offered(*logins_offered_, name);
  if (mechanism.empty()) {
    say_error(verb::auth, replies::unknown_mechanism);
    return std::nullopt;
  }
  if (name.size() == args.size()) {
    login_begun_ = true;
    return ask(question::login, ask_login{mechanism, std::nullopt});
  }
  const auto initial = args.substr(name.size() + 1);
  // "=" is the empty response, which nothing would not be (§4).
  auto decoded = initial == "=" ? std::optional<std::string>{""} : decode_base64(initial);
  if (!decoded || (decoded->empty() && initial != "=")) {
    say_error(verb::auth, replies::no_base64);
    return std::nullopt;
  }
  login_begun_ = true;
  return ask_about(mechanism, std::move(*decoded));
}

std::optional<server_action> server_session::work_login() {
  const auto input = unread();
  const auto end = input.find("\r\n");
  if (end == std::string_view::npos || end + 2 > line_limit() || line_too_long_) {
    if (end != std::string_view::npos || input.size() >= line_limit() || line_too_long_)
      skip_long_line();
    return std::nullopt;
  }
  input_used_ += end + 2;
  line_begun_ = false;
  wait_for_command();
  return take_response(input.substr(0, end));
}

std::optional<server_action> server_session::take_response(std::string_view text) {
  if (text == "*") {
    cancel_login(replies::login_given_up);
    return std::nullopt;
  }
  auto decoded = decode_base64(text);
  if (!decoded) {
    cancel_login(replies::no_base64);
    return std::nullopt;
  }
  return ask_about({}, std::move(*decoded));
}

server_action server_session::ask_about(std::string_view mechanism, std::string response) {
  login_response_ = std::make_unique<std::string>(std::move(response));
  return ask(question::login, ask_login{mechanism, *login_response_});
}

void server_session::cancel_login(std::string_view line) {
  login_unwanted_ = std::exchange(login_begun_, false);
  enter(session_state::ready);
  say_error(verb::auth, line);
}

void server_session::decide_login(const verdict& answer) {
  login_response_.reset();
  if (const auto* more = std::get_if<challenge>(&answer)) {
    enter(session_state::login);
    say(verb::auth, "334 " + encode_base64(more->bytes));
    return;
  }
  login_begun_ = false;
  enter(session_state::ready);
  if (const auto* no = std::get_if<refused>(&answer)) {
    // What is our fault is no error of the client.
    if (no->answer.code < 500)
      say(verb::auth, reply_text(no->answer));
    else
      say_error(verb::auth, reply_text(no->answer));
    return;
  }
  logged_in_ = true;
  login_claimed_ = false;
  trust_ = peer_trust::trusted;
  const auto& text = std::get<accepted>(answer).text;
  say(verb::auth, text.empty() ? std::string{replies::logged_in} : "235 " + text);
}

} // namespace troupe::smtp
