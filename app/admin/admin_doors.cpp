#include "app/admin/admin_doors.hpp"

#include "net/core/ip_address.hpp"

#include <string>

namespace troupe::app {

namespace {

constexpr std::size_t http_threads = 3;

/// Threads of its own for each: whoever keeps those of one busy leaves the others free.
io::http_server_options options_for(std::string address) {
  io::http_server_options options;
  options.threads = http_threads;
  options.address = std::move(address);
  return options;
}

status open(std::unique_ptr<io::http_server>& door, const io::http_server_options& options, const char* key) {
  door = std::make_unique<io::http_server>(options);
  if (const auto bound = door->open(); !bound)
    return error{bound.error().code, std::string{key} + ": " + bound.error().detail};
  return {};
}

} // namespace

bool serves_metrics_on_loopback(const config& from) {
  const auto host = parse_ip_address(from.metrics.http.host);
  return host && host->is_loopback();
}

result<admin_doors> open_admin_doors(const config& from) {
  admin_doors doors;
  if (const auto good = open(doors.socket, options_for("unix:" + from.admin.socket), "admin.socket"); !good)
    return good.error();
  if (!from.admin.http.is_empty()) {
    auto options = options_for(to_string(from.admin.http));
    // The body of a refused request may hold another one, with headers of a stranger's
    // choice: the connection must not live to serve it.
    options.keep_alive_requests = 1;
    if (const auto good = open(doors.web, options, "admin.http"); !good)
      return good.error();
  }
  if (!from.metrics.http.is_empty()) {
    auto options = options_for(to_string(from.metrics.http));
    if (serves_metrics_on_loopback(from))
      options.keep_alive_requests = 1; // as for admin.http
    if (const auto good = open(doors.metrics, options, "metrics.http"); !good)
      return good.error();
  }
  return doors;
}

} // namespace troupe::app
