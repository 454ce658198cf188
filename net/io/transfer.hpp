// How one try to read from a connection, or to write to it, ended.

#pragma once

#include <cstddef>
#include <system_error>

namespace troupe::io {

struct transfer {
  std::size_t bytes = 0;
  bool would_block = false; ///< Nothing now; wait and try again.
  bool ended = false;       ///< The peer closed its side (reading only).
  std::error_code failed;   ///< The connection is gone.
};

} // namespace troupe::io
