// `troupectl passwd`: makes the secrets of the users file. It asks no daemon, and takes
// the password from the terminal or from standard input, never from the command line,
// where everybody on the host could read it.

#pragma once

#include "app/troupectl/call.hpp"

#include <iosfwd>
#include <string>

namespace troupe::app {

struct passwd_words {
  std::string name; ///< Empty: only the secret is printed.
  bool scram = false; ///< A SCRAM verifier instead of a crypt(3) hash.
  std::uint32_t iterations = 0; ///< Of it.
};

/// Prints a line for the users file. Throws failure.
int make_secret(const passwd_words& words, bool as_document, std::ostream& to);

} // namespace troupe::app
