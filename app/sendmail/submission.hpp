// The daemon's own door, from the other side: a letter is handed in by SMTP over its
// socket in the file system, or somebody else's SMTP is passed through.

#pragma once

#include "app/sendmail/letter.hpp"
#include "net/core/time.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace troupe::app {

/// For each answer of the daemon; the last one may wait for a slow disk.
inline constexpr milliseconds submission_wait_max = std::chrono::minutes{5};

/// Ends the program: what to say and with which exit code.
struct submission_failure {
  int code;
  std::string what;
};

/// A connection to the daemon. Everything throws submission_failure: 75 where it may work
/// later, 69 or 67 where it won't.
class submission {
public:
  /// @param show where the dialogue is shown, or null
  submission(const std::string& socket, std::ostream* show);
  ~submission();
  submission(const submission&) = delete;
  submission& operator=(const submission&) = delete;

  /// Waits to be greeted, and greets. @pre before hand_in
  void greet();

  /// What the greeting says, for addresses without a domain.
  [[nodiscard]] const std::string& hostname() const noexcept { return hostname_; }

  struct parameters {
    mailbox sender;
    std::vector<mailbox> recipients; ///< At least one.
    std::string notify, ret, envid;  ///< RFC 3461; or empty. envid as xtext.
  };

  /// To all of them or to nobody.
  void hand_in(const letter& what, const parameters& how);

  /// Bytes both ways until the daemon hangs up.
  void pass_through(int in, int out);

private:
  void say(const std::string& line);
  void write(std::string_view bytes);
  std::string read_reply();
  void expect(char first_digit, int refusal_code);
  void wait_for(short events);

  int descriptor_ = -1;
  std::ostream* show_;
  std::string hostname_;
  std::string unread_;
};

} // namespace troupe::app
