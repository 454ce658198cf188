// Where the operator's side is reached, bound before root is given up: port 80 and a folder
// that root owns are then no obstacle. Nobody is answered until the admin starts.

#pragma once

#include "app/config/config.hpp"
#include "net/core/result.hpp"
#include "net/io/http_server.hpp"

#include <memory>

namespace troupe::app {

struct admin_doors {
  std::unique_ptr<io::http_server> socket;
  std::unique_ptr<io::http_server> web;     ///< The same over TCP. Null: off.
  std::unique_ptr<io::http_server> metrics; ///< Null: off.
};

/// Fails with the key and the reason.
[[nodiscard]] result<admin_doors> open_admin_doors(const config& from);

/// Whether the metrics are read on this host only.
[[nodiscard]] bool serves_metrics_on_loopback(const config& from);

} // namespace troupe::app
