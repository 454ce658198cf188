// Plays a transcript against a server session. Settings:
//
//   %  bare_newline normalize      and the other fields of session_options:
//   %  message_bytes_max 100       line_bytes_max, recipients_max, errors_max, …
//   %  begin within tls            TLS stands before the greeting
//   %  claims offered              XCLIENT may be said
//   %  begin ready                 the dialogue starts after EHLO
//   %  begin envelope              … after MAIL FROM:<ann@example.net>, RCPT TO:<bob@example.org>
//   %  begin body                  … after DATA and its 354
//
// Questions: "peer", "sender ADDRESS …", "recipient ADDRESS …", "body",
// "commit bytes=N recipients=N". Answers: "accept [TEXT]", "refuse CODE ENHANCED TEXT".
// Events: "body discarded", "handshake", "hang up". Orders: "end of input", "drain",
// "handshake done".

#pragma once

#include "net/smtp/server_session.hpp"
#include "tests/support/transcript.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace troupe::support {

/// What a server session says of itself beyond its words, held against them.
struct server_log {
  unsigned begun = 0;     ///< begin_body accepted.
  unsigned kept = 0;      ///< Commits accepted.
  unsigned discarded = 0;
};

class server_player final : public player {
public:
  server_player(const transcript& script, recorder& record);

  void take(std::string_view bytes) override;
  void pass(std::chrono::milliseconds time) override;
  void order(std::string_view text) override;

  [[nodiscard]] const smtp::server_session& session() const { return session_; }
  [[nodiscard]] const server_log& log() const { return log_; }

private:
  void pull();
  void act(const smtp::server_action& todo);
  void answer(std::string_view question);
  [[nodiscard]] std::string next_verdict();

  smtp::session_options options_;
  std::string offer_;
  recorder& record_;
  std::deque<std::string> verdicts_;
  steady_time now_{};
  bool recording_ = false;
  bool hung_up_ = false;
  server_log log_;
  smtp::server_session session_;
};

} // namespace troupe::support
