// The actions that every protocol machine of ours has: to speak, to begin TLS, to leave.

#pragma once

#include <string_view>

namespace troupe::smtp {

/// Send these bytes, in order. The view lives until the next call on the machine
/// that is not const.
struct write_bytes {
  std::string_view bytes;
};

/// A TLS handshake is due on this connection, once what was written before is out. Until
/// the owner tells how it ended nothing else is read or written.
struct start_tls {};

/// Close the connection after what was written before is out. It is the last
/// action. Peers may still be sending: shut down the sending side and read (and
/// drop) for a moment, or a reset could overtake the last reply.
struct hang_up {};

} // namespace troupe::smtp
