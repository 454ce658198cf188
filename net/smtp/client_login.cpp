// A client session's login (RFC 4954): it carries base64, the owner knows the mechanisms.

#include "net/core/base64.hpp"
#include "net/core/expect.hpp"
#include "net/smtp/client_session.hpp"

#include <utility>

namespace troupe::smtp {

void client_session::log_in() {
  TROUPE_EXPECT(state_ == client_state::greeting);
  wants_login_ = true;
}

void client_session::login(std::string_view mechanism, std::optional<std::string_view> initial) {
  if (state_ != client_state::login)
    return;
  std::string line = "AUTH " + std::string{mechanism};
  if (initial)
    line += ' ' + (initial->empty() ? std::string{"="} : encode_base64(*initial));
  say(line, awaited::login);
}

void client_session::answer_challenge(std::string_view response) {
  if (state_ == client_state::login)
    say(encode_base64(response), awaited::login);
}

void client_session::login_failed(std::string_view why) {
  if (state_ == client_state::login || state_ == client_state::ready)
    fail(session_failure::login_refused, {451, "4.7.8", {clean_reply_text("No login: " + std::string(why))}}, false);
}

void client_session::begin_login() {
  if (offers_.logins.empty())
    return fail(session_failure::login_refused,
                {451, "4.7.8", {"A login is wanted, and the host offers none"}}, false);
  enter(client_state::login);
  events_.push_back(want_login{offers_.logins});
}

void client_session::on_login(int code) {
  if (code == 235) {
    logged_in_ = true;
    return become_ready();
  }
  if (code >= 400)
    return fail(session_failure::login_refused, replies_.words(), true);
  if (code != 334)
    return fail_protocol("unexpected " + to_string(replies_.words()) + " to AUTH");
  std::string text;
  replies_.each_line([&text](std::string_view line) { text = line; });
  auto challenge = decode_base64(text);
  if (!challenge)
    return fail_protocol("a challenge that is no base64");
  events_.push_back(login_challenge{std::move(*challenge)});
}

} // namespace troupe::smtp
