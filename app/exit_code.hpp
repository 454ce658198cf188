// How our programs end, in the words of sysexits.h.

#pragma once

namespace troupe::app {

enum exit_code : int {
  exit_ok = 0,
  exit_usage = 64,
  exit_bad_data = 65,
  exit_no_user = 67,     ///< A recipient that is refused.
  exit_unavailable = 69, ///< No daemon on the socket.
  exit_internal = 70,
  exit_temporary = 75,
  exit_not_permitted = 77,
  exit_bad_config = 78,
};

} // namespace troupe::app
