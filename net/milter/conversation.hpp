// Our half of a conversation with one filter, as a pure machine: what happens in an SMTP
// session, bytes and the time go in; bytes, changes and verdicts come out.
//
//   state        waits for                             goes to
//   greeting     the filter's options                  ready, with `greeted`
//   ready        the owner's next command              asked, telling
//   asked        the answer to it                      ready
//   telling      one after the other, the answers to   ready
//                header fields, end of header, body
//                and end of the message
//   closed       nothing                               for ever
//
// The owner says one command at a time and pulls `next` until it is answered; each is
// answered exactly once, by `answered` or by `failed`, which ends the conversation. What
// a filter does not want to hear is answered at once. After a connection is accepted or
// refused, and after a message is, the same verdict stands and the filter hears no more.

#pragma once

#include "net/core/reply.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/milter/change.hpp"
#include "net/milter/frame.hpp"
#include "net/milter/macros.hpp"
#include "net/milter/message_header.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::milter {

struct conversation_options {
  milliseconds reply_max = seconds{30};    ///< For the greeting, each answer and each write.
  milliseconds message_max = seconds{300}; ///< For the answer to the end of a message.
  /// A message in all, however often the filter says that it gets on. The client waits
  /// ten minutes (RFC 5321 §4.5.3.2.6).
  milliseconds telling_max = seconds{540};
};

/// Fails with malformed.
[[nodiscard]] status check(const conversation_options& options);

enum class client_family : std::uint8_t { unknown, ipv4, ipv6, unix_socket };

struct client {
  std::string host;         ///< By its name, or "[192.0.2.1]".
  client_family family = client_family::unknown;
  std::uint16_t port = 0;
  std::string address;
};

enum class verdict_kind : std::uint8_t {
  proceed, ///< Or accept: there is nothing against it.
  discard, ///< Say 250 and throw the message away.
  refuse,  ///< With `answer`: the client, the message or the recipient.
};

struct verdict {
  verdict_kind kind = verdict_kind::proceed;
  reply answer;
};

struct write_bytes {
  std::string_view bytes; ///< Lives until the next call that is not const. Then `wrote`.
};
/// It may be told commands now.
struct greeted {};
/// The next piece of the body: `supply_body`.
struct want_body {};
/// The last command is answered.
struct answered {
  verdict said;
};
/// At the end of a message, before its answer; void unless that is `proceed`.
struct changed {
  change what;
};
/// The filter is ill, or not one. The last command is answered by this.
struct failed {
  error why;
};

using action = std::variant<write_bytes, greeted, want_body, answered, changed, failed>;

enum class piece : std::uint8_t { more_follow, last };

class conversation {
public:
  /// Greets. @pre check(options)
  conversation(const conversation_options& options, steady_time now);

  // Commands. @pre awaits_command(). `values` are all macros that are known.
  void connect(const client& who, const macro_values& values, steady_time now);
  void helo(std::string_view name, const macro_values& values, steady_time now);
  /// "<ann@example.org>", "SIZE=100", … . A message that is open is forgotten.
  void mail(const std::vector<std::string>& arguments, const macro_values& values, steady_time now);
  void rcpt(const std::vector<std::string>& arguments, const macro_values& values, steady_time now);
  void data(const macro_values& values, steady_time now);
  /// The message itself. `header` outlives the answer.
  void message(const message_header& header, const macro_values& values, steady_time now);

  /// At most body_chunk_bytes_max, of which only the last may be empty; copied.
  /// @pre `want_body` was the last action
  void supply_body(std::string_view bytes, piece which, steady_time now);

  /// The message is over for another reason. The filter is told with the next command.
  void abort();
  /// The last words, if it is the time for them; then it is closed.
  void quit(steady_time now);

  void receive(std::string_view bytes, steady_time now);
  void wrote(steady_time now);
  void disconnected();
  [[nodiscard]] std::optional<action> next();

  /// Past the deadline, `failed`.
  void tick(steady_time now);
  [[nodiscard]] steady_time deadline() const noexcept { return deadline_; }

  /// How many bytes may come in now.
  [[nodiscard]] std::size_t room() const noexcept;

  [[nodiscard]] bool awaits_command() const noexcept;
  [[nodiscard]] bool is_closed() const noexcept { return state_ == state::closed; }
  [[nodiscard]] leading_space space() const noexcept;

private:
  enum class state : std::uint8_t { greeting, ready, asked, telling, closed };
  enum class part : std::uint8_t { header, end_of_header, body, end_of_message };
  enum class standing : std::uint8_t { open, accepted, refused };

  /// How one command is said.
  struct form {
    char letter;
    stage macros;
    std::uint32_t unwanted; ///< With this bit it is not.
    std::uint32_t silent;   ///< With this bit it is not answered.
  };

  // conversation.cpp: greeting, commands, verdicts
  void enter(state next, steady_time now);
  void fail(errc code, std::string detail);
  void say(const form& how, const macro_values& values, std::string_view data, steady_time now);
  void answer(verdict said);
  void refuse(reply how);
  void tell_macros(char letter, stage when, const macro_values& values);
  void on_options(std::string_view data);
  [[nodiscard]] std::optional<action> on_frame(const frame& x);
  void on_verdict(char letter, std::string_view data);
  void on_go_on();
  void set_deadline(milliseconds wait);
  [[nodiscard]] bool is_about_client() const noexcept;
  [[nodiscard]] bool has(std::uint32_t talk) const noexcept { return (talk_ & talk) != 0; }

  // conversation_message.cpp: the message
  [[nodiscard]] std::optional<action> tell();
  void tell_field(const message_header::field& x);
  void tell_end_of_message();

  const conversation_options options_;
  macro_wishes wishes_;
  frame_reader input_;
  std::string output_;
  std::optional<verdict> said_; ///< To be told to the owner.
  std::optional<error> failed_; ///< The same.
  const message_header* header_ = nullptr; ///< While telling.
  macro_values values_;                    ///< The same.
  reply refusal_;               ///< What stands, where something is refused.
  std::size_t field_ = 0;
  std::uint32_t talk_ = 0;
  std::uint32_t version_ = 0;
  steady_time now_;
  steady_time deadline_;
  steady_time told_by_ = steady_time::max();
  state state_ = state::greeting;
  part part_ = part::header;
  standing client_ = standing::open;
  standing message_ = standing::open;
  char asked_ = 0;              ///< The command that an answer is due for; 0: none.
  bool output_shown_ = false;
  bool greeted_ = false;        ///< To be told to the owner.
  bool wants_body_ = false;     ///< The owner was asked for a piece.
  bool body_told_ = false;
  bool begun_ = false;          ///< The filter knows of a message.
};

/// What a filter asks for at the end of a message. Fails with malformed.
[[nodiscard]] result<change> parse_change(const frame& x);

} // namespace troupe::milter
