#include "app/troupectl/passwd.hpp"

#include "app/exit_code.hpp"
#include "net/sasl/crypt_hash.hpp"
#include "net/sasl/mechanism.hpp"
#include "net/sasl/scram_verifier.hpp"
#include "net/sasl/secret.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

namespace troupe::app {

namespace {

/// The terminal does not show what is typed.
class silent_terminal {
public:
  silent_terminal() {
    known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    auto quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_)
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~silent_terminal() {
    if (known_)
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

private:
  termios before_{};
  bool known_ = false;
};

/// A line, without the end of a line. A byte at a time: what was read ahead would stay in a buffer.
std::string read_line() {
  std::string line;
  char byte = 0;
  while (line.size() <= sasl::password_bytes_max && ::read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
    line += byte;
  if (line.ends_with('\r'))
    line.pop_back();
  return line;
}

std::string ask_for(const char* what) {
  std::cerr << what << std::flush;
  const silent_terminal quiet;
  auto line = read_line();
  std::cerr << '\n';
  return line;
}

std::string read_password() {
  if (::isatty(STDIN_FILENO) == 0)
    return read_line();
  auto first = ask_for("Password: ");
  auto again = ask_for("Once more: ");
  const bool same = first == again;
  sasl::wipe(again);
  if (!same)
    throw failure{exit_bad_data, "the two are not the same"};
  return first;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw failure{exit_internal, "this system gives no random bytes"};
  return bytes;
}

result<std::string> secret_of(const std::string& password, const passwd_words& words) {
  if (!words.scram)
    return sasl::make_crypt_hash(password, random_bytes(sasl::crypt_random_bytes));
  auto made = sasl::make_scram_verifier(password, random_bytes(sasl::salt_bytes_usual), words.iterations);
  if (!made)
    return made.error();
  return sasl::to_string(*made);
}

} // namespace

int make_secret(const passwd_words& words, bool as_document, std::ostream& to) {
  if (!words.name.empty() && (!sasl::is_user_name(words.name) || words.name.find(':') != words.name.npos || words.name.front() == '#'))
    throw failure{exit_bad_data, "a name has 1 to 255 bytes without colons and controls, and begins with no \"#\""};
  auto password = read_password();
  const auto secret = secret_of(password, words);
  sasl::wipe(password);
  if (!secret)
    throw failure{exit_bad_data, secret.error().detail};
  if (as_document)
    to << nlohmann::json{{"name", words.name}, {"secret", *secret}}.dump() << '\n';
  else
    to << words.name << (words.name.empty() ? "" : ":") << *secret << '\n';
  return exit_ok;
}

} // namespace troupe::app
