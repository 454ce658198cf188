// Replays dialogues (tests/support/transcript.hpp) against a client session.
//
//   %  protocol lmtp, %  pipelining never, %  chunking never|preferred, %  tls may|required
//   *  begin 1 from=a@b to=c@d,e@f [size=9] [body=8bit|binary] [has=8bit,8bit-header,no-crlf]
//            [utf8] [ret=full|hdrs] [envid=x] [notify=success,failure] [orcpt=rfc822;c@d]
//            [priority=3]
//   ?  body 1         answered by "!  last BYTES", "!  more BYTES", "!  fail" or "!  later";
//                     without an answer the body is "Hi\r\n"
//   *  supply 1 last BYTES, *  fail 1, *  quit, *  drop
//   *  tls started, *  tls failed WHY
//   -  ready
//   -  start tls
//   -  failed KIND REPLY
//   -  1 not made
//   -  1 bob@example.org delivered|deferred|failed REPLY
//   -  hang up
//
// A REPLY in brackets is ours and did not come off the wire.

#pragma once

#include "net/smtp/client_session.hpp"
#include "tests/support/transcript.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::support {

class client_player final : public player {
public:
  client_player(const transcript& script, recorder& record);

  void take(std::string_view bytes) override;
  void pass(std::chrono::milliseconds time) override;
  void order(std::string_view text) override;

  /// What breaks the promise that each transaction ends once, with one outcome for each
  /// recipient unless it was not made; empty if nothing does.
  [[nodiscard]] std::string broken_promise() const;

private:
  struct begun {
    std::vector<std::string> recipients;
    int ends = 0;
    bool complete = true;
  };

  static smtp::client_options options_of(const transcript& script);
  static smtp::starttls_use tls_of(const transcript& script);
  void begin(std::string_view text);
  void supply(std::uint64_t token, std::string_view how);
  void pump();
  void show(const smtp::client_action& what);
  void show_done(const smtp::transaction_done& what);

  recorder& record_;
  std::deque<std::string> verdicts_;
  smtp::client_options options_;
  steady_time now_{};
  smtp::client_session session_;
  std::map<std::uint64_t, begun> begun_;
};

} // namespace troupe::support
