// The two actions that every protocol machine of ours has: to speak, and to leave.

#pragma once

#include <string_view>

namespace troupe::smtp {

/// Send these bytes, in order. The view lives until the next call on the machine
/// that is not const.
struct write_bytes {
  std::string_view bytes;
};

/// Close the connection after what was written before is out. It is the last
/// action. Peers may still be sending: shut down the sending side and read (and
/// drop) for a moment, or a reset could overtake the last reply.
struct hang_up {};

} // namespace troupe::smtp
