// The operator's door: the HTTP API on the admin socket, and metrics and health on an
// address of their own.

#pragma once

#include "app/admin/admin_doors.hpp"
#include "app/admin/parts.hpp"

namespace troupe::app {

class admin {
public:
  /// `house` has started, and outlives this or its `stop`.
  admin(node& house, admin_commands commands, admin_doors doors);
  ~admin(); ///< Stops.

  /// Answers at the doors from now on.
  [[nodiscard]] status start();

  /// To be called about once a second by the main thread.
  void look(steady_time now);

  /// After it, no handler runs. To be called before the house closes.
  void stop();

private:
  void serve_all(io::http_server& server);
  void furnish_web();
  void furnish_metrics();

  admin_parts parts_;
  admin_doors doors_;
};

} // namespace troupe::app
