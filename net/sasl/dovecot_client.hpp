// A client of Dovecot's authentication service, protocol 1.x, as a pure machine: bytes
// in, bytes and verdicts out (doc.dovecot.org, "Dovecot Authentication Protocol v1.2").
//
//   state      waits for                        goes to
//   greeting   VERSION, MECH, …, DONE           ready, broken
//   ready      `ask`                            asking
//   asking     OK, FAIL of its request          ready, broken
//   broken     nothing: hang up
//
// One question at a time. Passwords go by PLAIN: whoever asks has them anyway.

#pragma once

#include "net/sasl/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::sasl {

inline constexpr std::size_t dovecot_line_bytes_max = 8192;
inline constexpr std::size_t dovecot_greeting_lines_max = 200;

struct dovecot_question {
  std::string user;
  secret password;
  std::string client_ip; ///< Empty on a local socket.
};

enum class dovecot_verdict : std::uint8_t {
  accepted,
  refused,
  temporary, ///< It can't tell now.
};

enum class dovecot_state : std::uint8_t { greeting, ready, asking, broken };

class dovecot_client {
public:
  /// @param process ours: Dovecot wants a number that no other client has
  explicit dovecot_client(std::uint32_t process) : process_(process) {}

  /// To be sent first.
  [[nodiscard]] std::string hello() const;

  /// Takes what came off the socket; where it was split means nothing.
  void receive(std::string_view bytes);

  /// To be sent; wipe it. @pre state() == ready
  [[nodiscard]] std::string ask(const dovecot_question& what);

  /// The answer to what was asked, once.
  [[nodiscard]] std::optional<dovecot_verdict> take_verdict() noexcept;

  [[nodiscard]] dovecot_state state() const noexcept { return state_; }
  /// Why it is broken.
  [[nodiscard]] const std::string& flaw() const noexcept { return flaw_; }

private:
  void take_line(std::string_view line);
  void take_greeting(std::string_view verb, std::string_view rest);
  void take_answer(std::string_view verb, std::string_view rest);
  void fail(std::string why);

  const std::uint32_t process_;
  dovecot_state state_ = dovecot_state::greeting;
  std::string line_;
  std::size_t lines_ = 0;
  std::uint32_t asked_ = 0; ///< The number of the last question.
  bool versioned_ = false;
  bool has_plain_ = false;
  std::optional<dovecot_verdict> verdict_;
  std::string flaw_;
};

} // namespace troupe::sasl
