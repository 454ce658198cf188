#include "app/admin/way_api.hpp"

#include "app/admin/way.hpp"

namespace troupe::app {

namespace {

io::http_response on_way(admin_parts& parts, const io::http_request& request) {
  const auto address = request.query.find("address");
  if (address == request.query.end())
    return refuse({errc::malformed, "which address? ?address=bob@example.org"});
  const auto to = parse_mailbox(address->second, utf8::allowed);
  if (!to || to->is_null())
    return refuse({errc::malformed, address->second + " is no address"
                                      + (to ? std::string{} : ": " + to.error().detail)});
  return answer(way_json(find_way(parts.house, *to, steady_now() + way_deadline)));
}

} // namespace

void serve_way(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/route", [&parts](const auto& x) { return on_way(parts, x); });
}

} // namespace troupe::app
