#include "app/admin/admin.hpp"

#include "actors/metrics.hpp"
#include "app/admin/actors_api.hpp"
#include "app/admin/health_api.hpp"
#include "app/admin/node_api.hpp"
#include "app/admin/pools_api.hpp"
#include "app/admin/queue_acts.hpp"
#include "app/admin/queue_api.hpp"
#include "app/admin/rates_api.hpp"
#include "app/admin/routes_api.hpp"
#include "app/admin/way_api.hpp"
#include "app/admin/web_guard.hpp"
#include "app/console/console.hpp"

namespace troupe::app {

namespace {

constexpr std::size_t http_threads = 3;

std::vector<storage::queue_store_options> files_of(const node& house) {
  std::vector<storage::queue_store_options> all;
  for (const auto& each : house.shards())
    all.push_back(make_store_options(house.configuration(), each.number, {}, {}));
  return all;
}

} // namespace

admin::admin(node& house, admin_commands commands)
  : parts_{house,
           std::move(commands),
           queue_browser(files_of(house)),
           {},
           {},
           {},
           steady_now().time_since_epoch().count()} {}

admin::~admin() {
  stop();
}

status admin::start() {
  look(steady_now());
  io::http_server_options options;
  options.threads = http_threads;
  options.address = "unix:" + parts_.house.configuration().admin.socket;
  socket_ = std::make_unique<io::http_server>(options);
  serve_all(*socket_);
  if (const auto open = socket_->start(); !open)
    return error{open.error().code, "admin.socket: " + open.error().detail};
  if (const auto open = start_web(); !open)
    return error{open.error().code, "admin.http: " + open.error().detail};
  if (const auto open = start_metrics(); !open)
    return error{open.error().code, "metrics.http: " + open.error().detail};
  return {};
}

void admin::serve_all(io::http_server& server) {
  serve_node(server, parts_);
  serve_rates(server, parts_);
  serve_actors(server, parts_);
  serve_pools(server, parts_);
  serve_routes(server, parts_);
  serve_way(server, parts_);
  serve_queue(server, parts_);
  serve_acts(server, parts_);
  serve_health(server, parts_);
}

// Threads of its own: whoever keeps these busy leaves the operator's socket free.
status admin::start_web() {
  const auto& from = parts_.house.configuration();
  if (from.admin.http.is_empty())
    return {};
  io::http_server_options options;
  options.threads = http_threads;
  options.address = to_string(from.admin.http);
  // The body of a refused request may hold another one, with headers of a stranger's
  // choice: the connection must not live to serve it.
  options.keep_alive_requests = 1;
  web_ = std::make_unique<io::http_server>(options);
  serve_all(*web_);
  serve_console(*web_);
  web_->guard_with([keeper = web_guard({from.admin.token, {from.node.hostname, from.node.name}})](
                     const auto& x) { return keeper.check(x); });
  return web_->start();
}

status admin::start_metrics() {
  const auto& house = parts_.house.configuration();
  const auto& at = house.metrics.http;
  if (at.is_empty())
    return {};
  io::http_server_options options;
  options.threads = http_threads;
  options.address = to_string(at);
  // Whoever opens it to a network has scrapers that call it by any name; on loopback only
  // a browser would, for a stranger's page.
  const auto host = parse_ip_address(at.host);
  const bool guarded = host && host->is_loopback();
  if (guarded)
    options.keep_alive_requests = 1; // as for admin.http
  metrics_ = std::make_unique<io::http_server>(options);
  serve_health(*metrics_, parts_);
  if (guarded)
    metrics_->guard_with(
      [keeper = web_guard({{}, {house.node.hostname, house.node.name}})](const auto& x) { return keeper.check(x); });
  return metrics_->start();
}

void admin::look(steady_time now) {
  parts_.main_seen.store(now.time_since_epoch().count());
  // Asking for a counter also shows it, so that a new node says zero and not nothing.
  auto& metrics = parts_.house.home().metrics;
  static_cast<void>(metrics.messages_deferred_total());
  parts_.pressure.sample(now, metrics.backpressure_seconds());
  parts_.rates.sample(now, metrics.messages_received_total().value(),
                      metrics.messages_delivered_total().value()
                        + metrics.messages_bounced_total().value());
  take_sample(parts_, now);
}

void admin::stop() {
  for (auto* each : {metrics_.get(), web_.get()})
    if (each != nullptr)
      each->stop();
  if (socket_)
    socket_->stop();
}

} // namespace troupe::app
