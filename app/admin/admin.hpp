// The operator's door: the HTTP API on the admin socket, and metrics and health on an
// address of their own.

#pragma once

#include "app/admin/parts.hpp"
#include "net/io/http_server.hpp"

#include <memory>

namespace troupe::app {

class admin {
public:
  /// `house` has started, and outlives this or its `stop`.
  admin(node& house, admin_commands commands);
  ~admin(); ///< Stops.

  /// Opens the doors that the configuration names. Fails with the key and the reason.
  [[nodiscard]] status start();

  /// To be called about once a second by the main thread.
  void look(steady_time now);

  /// After it, no handler runs. To be called before the house closes.
  void stop();

private:
  void serve_all(io::http_server& server);
  [[nodiscard]] status start_web();
  [[nodiscard]] status start_metrics();

  admin_parts parts_;
  std::unique_ptr<io::http_server> socket_;
  std::unique_ptr<io::http_server> web_;     ///< The same over TCP. Null: off.
  std::unique_ptr<io::http_server> metrics_; ///< Null: off.
};

} // namespace troupe::app
