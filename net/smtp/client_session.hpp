// The client's half of one SMTP or LMTP connection, as a pure state machine: bytes,
// bodies and the time go in, actions come out. It holds no socket, timer, clock,
// thread or log, so a test can replay any dialogue at any split.
//
//   state     waits for                    goes to           rule
//   greeting  220                          hello, closed     RFC 5321 §3.1
//   hello     250 to EHLO, LHLO            ready, old_hello, §3.2, RFC 2033 §4.1
//                                          starttls
//   old_hello 250 to HELO                  ready, closed     §3.2
//   starttls  220                          handshake, ready  RFC 3207 §4
//   handshake tls_started, tls_failed      hello, closed     §4.2: all is asked again
//   login     login; 235                   ready, closed     RFC 4954 §4, where `log_in` was said
//   ready     begin, quit; replies         quitting, closed  §3.3, RFC 2920 §3.1
//   quitting  the reply to QUIT            closed            §4.1.1.10
//   any       421, drop, deadline          closed            §3.8, §4.5.3.2
//
// Up to two transactions are inside. Where the peer offers PIPELINING, MAIL, RCPT and
// DATA of the second leave directly behind the body of the first: one write and one
// read a message.
//
// What it promises: each transaction begun ends with exactly one transaction_done, and
// unless that says not_made, it has one outcome for each recipient. What nobody knows
// is deferred. A connection that ends takes with it
//   - the transaction under way: what is not settled is deferred, as an attempt. But
//     if it is not the first of the connection and its MAIL was not answered yet (an
//     idle peer closed, or it limits messages a connection), it is not_made;
//   - the one behind: not_made. Its body has not begun to leave, whatever was answered.
//
// Choices where standards leave one:
//   - 8BITMIME not offered: sent anyway, as production MTAs do, unless the sender
//     declared 8BITMIME and the bytes need it; then 5.6.3 (RFC 6152 §3).
//   - SMTPUTF8 not offered: fails with 5.6.7 only what needs it, a recipient alone if
//     just its address does (RFC 6531 §3.1.1).
//   - BDAT is sent when a recipient is known to be accepted, never ahead of that: it
//     costs no round trip more than DATA, and no body travels for nothing.
//   - 552 to RCPT after an accepted one counts as 452 (§4.5.3.1.10); 500 and 503 on a
//     session used before are temporary: they tell of the session, not of the letter.
//   - Whatever the peer sent behind its 220 to STARTTLS, and so in the clear, may be
//     another's and is meant to be taken for what TLS protects: the session ends.
//   - A bare CR or LF never leaves under DATA: it becomes CRLF (dot_stuffing.hpp).

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/smtp/client_action.hpp"
#include "net/smtp/client_awaited.hpp"
#include "net/smtp/client_options.hpp"
#include "net/smtp/client_progress.hpp"
#include "net/smtp/client_transaction.hpp"
#include "net/smtp/dot_stuffing.hpp"
#include "net/smtp/reply_parser.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::smtp {

enum class client_state : std::uint8_t {
  greeting, hello, old_hello, starttls, handshake, login, ready, quitting, closed
};

/// The largest piece of a body that supply_body takes.
inline constexpr std::size_t body_piece_bytes_max = 256 * 1024;
/// Commands leave in groups of up to about this many bytes.
inline constexpr std::size_t command_group_bytes_max = 16 * 1024;
/// BDAT chunks that may be unanswered, with PIPELINING.
inline constexpr std::size_t chunks_ahead_max = 4;
/// Buffers larger than that are given back when a message is through.
inline constexpr std::size_t buffer_kept_bytes_max = 32 * 1024;

enum class piece : std::uint8_t { more_follow, last };

class client_session {
public:
  /// `remote` is put into each outcome: "mx.example.net [192.0.2.1]:25".
  /// @pre `options` passes its check and outlives the session
  client_session(const client_options& options, std::string remote, steady_time now,
                 starttls_use tls = starttls_use::never);
  client_session(const client_session&) = delete;
  client_session& operator=(const client_session&) = delete;

  /// Takes a message on; also before the session is ready. @pre can_begin()
  void begin(transaction what, steady_time now);

  /// True while fewer than two are inside and the session is not ending. Two ends
  /// that the owner has not pulled yet count as inside.
  [[nodiscard]] bool can_begin() const noexcept;

  /// Takes bytes as they came off the wire; where they were split means nothing.
  void receive(std::string_view bytes, steady_time now);

  /// The next thing to do, or nothing until bytes, a body, `wrote` or time come in.
  /// After a write_bytes there is no other until `wrote`, and the view lives until
  /// then, so it may go to the socket uncopied while replies are received.
  [[nodiscard]] std::optional<client_action> next();

  /// All of the last write_bytes has gone to the socket.
  void wrote(steady_time now);

  /// Answers want_body. The bytes are copied. An empty last piece is allowed.
  /// Does nothing if the transaction of that token ended meanwhile.
  /// @pre bytes.size() <= body_piece_bytes_max
  void supply_body(std::uint64_t token, std::string_view bytes, piece which, steady_time now);

  /// Answers want_body too: it can't be had. The connection must end, since DATA
  /// can't be taken back; the transaction is deferred.
  void body_failed(std::uint64_t token);

  /// Answers start_tls: from here on all bytes come and go through TLS.
  void tls_started(steady_time now);

  /// Answers start_tls too; `why` in a few words, for people. The session is over.
  void tls_failed(std::string_view why);

  /// It is to log in before anything else; once, before the greeting is here. A peer that
  /// offers no login, or refuses it, ends the session.
  void log_in();

  /// Answers want_login. @param initial goes along with AUTH
  void login(std::string_view mechanism, std::optional<std::string_view> initial);
  /// Answers login_challenge.
  void answer_challenge(std::string_view response);
  /// Answers either, or session_ready where the peer did not prove itself; `why` in a few
  /// words, for people. The session is over.
  void login_failed(std::string_view why);

  /// No more will begin. QUIT leaves when the last transaction is through (with
  /// PIPELINING directly behind its body), then hang_up follows the reply.
  void quit(steady_time now);

  /// TCP ended. hang_up follows.
  void disconnected();

  /// Past the deadline, closes; before it, does nothing.
  void tick(steady_time now);

  /// The far end of time while nothing is awaited from the peer.
  [[nodiscard]] steady_time deadline() const noexcept;

  [[nodiscard]] client_state state() const noexcept { return state_; }
  /// Nothing inside and ready: may be kept for the next message.
  [[nodiscard]] bool is_idle() const noexcept;
  [[nodiscard]] bool uses_tls() const noexcept { return uses_tls_; }
  /// After session_ready.
  [[nodiscard]] const client_extensions& offers() const noexcept { return offers_; }
  /// Transactions that ended on this connection with a reply to their body.
  [[nodiscard]] unsigned messages() const noexcept { return messages_; }

private:
  enum class want : std::uint8_t { nothing, to_ask, asked };

  void enter(client_state state) noexcept { state_ = state; }
  void on_reply();
  void on_greeting(int code);
  void on_hello(int code);
  void on_old_hello(int code);
  void on_starttls(int code);
  void begin_login();
  void on_login(int code);
  void say_hello();
  void on_ready(int code);
  void on_transaction_reply(awaited what, client_progress& mail, int code);
  void on_recipient_refused(client_progress& mail, int code);
  void on_data_reply(client_progress& mail, int code);
  void on_message_reply(client_progress& mail, int code);
  void on_unasked(int code);
  void become_ready();

  void compose();
  [[nodiscard]] bool compose_one();
  [[nodiscard]] bool compose_for(unsigned slot);
  [[nodiscard]] bool compose_quit();
  void say(std::string_view command, awaited what);
  void await(awaited what, unsigned slot, std::size_t count = 1);

  void end_finished();
  void fail(session_failure kind, reply answer, bool remote_said);
  void fail_protocol(std::string_view text);
  void close_after(session_failure kind, std::string_view what_happened);
  [[nodiscard]] bool is_between_messages() const noexcept;
  [[nodiscard]] bool pipelines() const noexcept;
  [[nodiscard]] bool must_have_tls() const noexcept {
    return tls_ == starttls_use::required || tls_ == starttls_use::requiretls;
  }
  [[nodiscard]] bool may_want_body() const noexcept;
  [[nodiscard]] outcome_kind kind_of(int code, const client_progress& mail) const noexcept;
  [[nodiscard]] client_progress* front() const noexcept { return slots_[front_].get(); }
  [[nodiscard]] client_progress* behind() const noexcept { return slots_[1 - front_].get(); }

  const client_options& options_;
  std::string remote_;
  reply_parser replies_;
  client_state state_ = client_state::greeting;
  client_extensions offers_;
  unsigned messages_ = 0;

  std::array<std::unique_ptr<client_progress>, 2> slots_;
  unsigned front_ = 0;
  awaited_replies awaited_;
  std::size_t unsent_ = 0; ///< Of awaited_, those whose commands are still in out_.
  dot_stuffer stuffer_;
  want want_ = want::nothing; ///< Always of the front.

  std::string out_;     ///< Composed, not handed out.
  std::string writing_; ///< Handed out by the last write_bytes.
  bool write_in_flight_ = false;
  bool out_has_body_ = false;
  bool writing_has_body_ = false;

  starttls_use tls_;
  bool uses_tls_ = false;
  bool wants_login_ = false;
  bool logged_in_ = false;
  bool mail_sent_ = false;   ///< Some MAIL was, on this connection.
  bool needs_reset_ = false; ///< The peer may still hold a transaction of ours.
  bool quit_asked_ = false;
  bool quit_sent_ = false;
  bool hung_up_ = false;

  steady_time since_; ///< The last progress, from which deadlines count.
  std::vector<client_action> events_;
  std::size_t next_event_ = 0;
};

} // namespace troupe::smtp
