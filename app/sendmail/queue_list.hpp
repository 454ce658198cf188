// The queue as mailq shows it.

#pragma once

#include <iosfwd>
#include <string>

namespace troupe::app {

/// More messages are only counted.
inline constexpr unsigned listed_messages_max = 1000;

/// Asks the daemon at its admin socket. Throws failure (troupectl/call.hpp): 77 for those
/// who may not administrate.
void print_mail_queue(std::ostream& to, const std::string& admin_socket);

} // namespace troupe::app
