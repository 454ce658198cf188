#include "app/admin/way_api.hpp"

#include "app/admin/way.hpp"

namespace troupe::app {

namespace {

io::http_response on_way(admin_parts& parts, const io::http_request& request) {
  const auto address = request.query.find("address");
  if (address == request.query.end())
    return refuse({errc::malformed, "which address? ?address=bob@example.org"});
  const auto way = find_way(parts.house, address->second, steady_now() + way_deadline);
  return way ? answer(way_json(*way)) : refuse(way.error());
}

} // namespace

void serve_way(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/route", [&parts](const auto& x) { return on_way(parts, x); });
}

} // namespace troupe::app
