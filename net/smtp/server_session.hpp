// The server's half of one SMTP connection, as a pure state machine: bytes,
// verdicts and the time go in, actions come out. It holds no socket, timer,
// clock, thread or log, so a test can replay any dialogue at any split.
//
//   state       waits for                      goes to               rule
//   connecting  verdict on the peer            greeted, turned_away  RFC 5321 §3.1
//   turned_away QUIT                           closed                §3.1
//   greeted     HELO, EHLO                     ready                 §4.1.1.1
//   ready       MAIL                           envelope              §4.1.4
//   envelope    RCPT (stays), DATA, BDAT       body, chunk, skipping §4.1.1.3, §4.1.1.4
//   body        CRLF.CRLF                      committing, ready     §4.5.2
//   chunk       its announced length           between, committing   RFC 3030 §2
//   between     BDAT                           chunk, skipping       RFC 3030 §2
//   skipping    the end of an unwanted chunk   where the reply leads RFC 3030 §2
//   committing  verdict on the commit          ready                 §6.1
//   login       the answer to a challenge      ready (asking)        RFC 4954 §4
//   securing    the TLS handshake              greeted               RFC 3207 §4.2
//   any         QUIT, 421, end of input        closed                §3.8, §4.5.3.2.7
//
// The owner's loop: `receive`, then `while (auto todo = session.next())`, then read
// again if `room() > 0`. After `decide`, `drain`, `tick` and `end_of_input` it pulls
// alike. Commands that came pipelined behind a question stay inside and are worked off
// by `next` once it is answered.

#pragma once

#include "net/core/time.hpp"
#include "net/smtp/server_action.hpp"
#include "net/smtp/session_options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::smtp {

struct command;

enum class session_state : std::uint8_t {
  connecting,
  turned_away,
  greeted,
  ready,
  envelope,
  body,
  chunk,
  between,
  skipping,
  committing,
  login,
  securing,
  closed,
};

[[nodiscard]] std::string_view to_string(session_state state) noexcept;

/// What a session keeps of input that it has not worked off yet, at most.
inline constexpr std::size_t command_room_bytes_max = 16 * 1024;
inline constexpr std::size_t body_room_bytes_max = 64 * 1024;
/// Replies to pipelined commands leave together, up to about this many bytes.
inline constexpr std::size_t reply_batch_bytes_max = 4 * 1024;

class server_session {
public:
  /// The first action is ask_peer. @pre `options` passes its check and outlives the session.
  server_session(const session_options& options, steady_time now);
  ~server_session();
  server_session(const server_session&) = delete;
  server_session& operator=(const server_session&) = delete;

  /// Takes bytes as they came off the wire; where they were split means nothing.
  /// They are copied. @pre bytes.size() <= room()
  void receive(std::string_view bytes, steady_time now);

  /// How many bytes may come in now. Zero while a verdict is awaited and after
  /// the end: the owner then stops reading, and TCP slows the peer down for us.
  [[nodiscard]] std::size_t room() const noexcept;

  /// The next thing to do, or nothing until bytes, a verdict or time come in.
  [[nodiscard]] std::optional<server_action> next();

  /// Answers the question that `next` returned last. @pre a question is open
  void decide(const verdict& answer, steady_time now);

  /// The peer will send no more. Complete commands that are here are still answered,
  /// a body that is not whole is discarded, then comes hang_up.
  void end_of_input(steady_time now);

  /// Who the peer has turned out to be; a stranger until then. An answer to EHLO that it
  /// has already read does not change.
  void set_trust(peer_trust trust) noexcept { trust_ = trust; }

  /// How the peer may log in from now on, as EHLO says it: "PLAIN LOGIN". Null: not at
  /// all, at least not before TLS. The text outlives the session.
  void offer_logins(const std::string* mechanisms) noexcept { logins_offered_ = mechanisms; }
  /// Answers start_tls: from here on all bytes come and go through TLS, and what the peer
  /// said before is forgotten but for its errors and messages. Where TLS comes before the
  /// greeting it is called before anything else. Of a handshake that failed the session
  /// hears nothing: the connection is at its end.
  void tls_began(steady_time now);
  /// The peer may say XCLIENT from now on; its answer to EHLO says so.
  void offer_claims() noexcept { claims_offered_ = true; }

  /// The server goes down: 421 4.3.2 and hang_up, as soon as no question is open and
  /// no message under way; one that is may end first.
  void drain(steady_time now);

  /// The owner stayed away from `next` for a while: the peer is not charged for that.
  void resume(steady_time now);

  /// Past the deadline, 421 4.4.2 and hang_up; before it, nothing.
  void tick(steady_time now);

  /// The far end of time while it is the owner's turn: its waits have deadlines of
  /// their own.
  [[nodiscard]] steady_time deadline() const noexcept;

  [[nodiscard]] session_state state() const noexcept { return state_; }
  /// What HELO or EHLO said last; empty before.
  [[nodiscard]] const std::string& peer_name() const noexcept { return peer_name_; }
  /// True after EHLO: "with ESMTP" in Received (RFC 3848).
  [[nodiscard]] bool is_extended() const noexcept { return extended_; }
  /// After an accepted login: "with ESMTPA".
  [[nodiscard]] bool is_logged_in() const noexcept { return logged_in_; }
  [[nodiscard]] bool is_within_tls() const noexcept { return within_tls_; }
  /// Messages accepted so far.
  [[nodiscard]] unsigned messages() const noexcept { return messages_; }
  /// True while `decide` is due.
  [[nodiscard]] bool awaits_verdict() const noexcept { return asked_ != question::none; }

private:
  enum class question : std::uint8_t { none, peer, sender, recipient, body, commit, login, claims };
  struct transaction;

  // server_session.cpp: input, output, time
  void enter(session_state state);
  void wait_for_command();
  void wait_for_block();
  void forget_used();
  void on_input_used_up();
  server_action speak();
  std::optional<server_action> work();
  std::optional<server_action> work_line();
  void skip_long_line();
  server_action ask(question what, server_action action);
  void say(verb what, std::string_view lines);
  void say_error(verb what, std::string_view line);
  void close_with(verb what, std::string_view line);
  void close();
  void drop_transaction();
  [[nodiscard]] std::string_view unread() const noexcept;
  [[nodiscard]] bool in_message() const noexcept;

  // server_commands.cpp: one function a command, and the verdicts on them
  std::optional<server_action> on_command(const command& line);
  void on_hello(const command& line);
  std::optional<server_action> on_mail(std::string_view args);
  std::optional<server_action> on_rcpt(std::string_view args);
  std::optional<server_action> on_data();
  std::optional<server_action> on_bdat(std::string_view args);
  void decide_peer(const verdict& answer);
  void decide_sender(const verdict& answer);
  void decide_recipient(const verdict& answer);

  // server_auth.cpp: logins
  std::optional<server_action> on_auth(std::string_view args);
  std::optional<server_action> work_login();
  std::optional<server_action> take_response(std::string_view text);
  server_action ask_about(std::string_view mechanism, std::string response);
  void decide_login(const verdict& answer);
  void cancel_login(std::string_view line);
  [[nodiscard]] std::size_t line_limit() const noexcept;
  [[nodiscard]] bool must_log_in() const noexcept;
  // server_tls.cpp: STARTTLS
  void on_starttls(std::string_view args);
  [[nodiscard]] bool must_begin_tls(verb what) const noexcept;
  // server_door.cpp: XCLIENT, the tarpit, LMTP's many replies
  std::optional<server_action> on_xclient(std::string_view args);
  void decide_claims(const verdict& answer);
  void begin_pause();
  [[nodiscard]] std::string for_each_recipient(std::string_view line) const;

  // server_body.cpp: from the 354 or the first chunk to the verdict on the commit
  void decide_body(const verdict& answer);
  void decide_commit(const verdict& answer);
  std::optional<server_action> work_body();
  std::optional<server_action> work_chunk();
  void work_skipping();
  std::string_view admit(std::string_view bytes);
  std::optional<server_action> end_message(verb what);
  void spoil(std::string_view reply_line);
  void count_block(std::size_t bytes);
  void skip_chunk(std::string lines, session_state then);

  const session_options* options_;
  std::unique_ptr<transaction> mail_; ///< From MAIL on; else null.
  std::string after_skip_;            ///< The reply that an unwanted chunk gets at its end.
  std::string input_;                 ///< No capacity while it is empty.
  std::string output_;
  std::string peer_name_;
  std::unique_ptr<std::string> login_response_; ///< Decoded, while the owner is asked.
  const std::string* logins_offered_ = nullptr;
  std::unique_ptr<client_claims> claims_; ///< While the owner is asked about them.
  std::size_t input_used_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::size_t block_bytes_ = 0; ///< Of the body, since its deadline was set.
  steady_time now_;
  steady_time deadline_;
  steady_time paused_until_{}; ///< The epoch: not in the tarpit.
  unsigned errors_ = 0;
  unsigned messages_ = 0;
  std::optional<command_done> done_;
  session_state state_ = session_state::connecting;
  session_state then_ = session_state::connecting; ///< After skipping.
  question asked_ = question::none;
  peer_trust trust_ = peer_trust::stranger;
  bool peer_asked_ = false;
  bool output_shown_ = false;
  bool waiting_ = false; ///< All input is used up: it is the peer's turn.
  bool line_begun_ = false;
  bool line_too_long_ = false;
  bool extended_ = false;
  bool input_ended_ = false;
  bool within_tls_ = false;
  bool handshake_shown_ = false; ///< The owner has been told to begin.
  bool draining_ = false;
  bool body_begun_ = false;      ///< The owner holds a body of ours.
  bool body_unwanted_ = false;   ///< And is to hear that it may forget it.
  bool logged_in_ = false;
  bool login_begun_ = false;     ///< The owner holds an exchange for it.
  bool login_unwanted_ = false;  ///< And is to hear that it may forget it.
  bool claims_offered_ = false;
  bool login_claimed_ = false;   ///< Of the login in force: XCLIENT said so.
  bool name_claimed_ = false;    ///< What EHLO says changes no name.
  bool hung_up_ = false;
};

} // namespace troupe::smtp
