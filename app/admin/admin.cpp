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

std::vector<storage::queue_store_options> files_of(const node& house) {
  std::vector<storage::queue_store_options> all;
  for (const auto& each : house.shards())
    all.push_back(make_store_options(house.configuration(), each.number, {}, {}));
  return all;
}

} // namespace

admin::admin(node& house, admin_commands commands, admin_doors doors)
  : parts_{house,
           std::move(commands),
           queue_browser(files_of(house)),
           {},
           {},
           {},
           steady_now().time_since_epoch().count()},
    doors_(std::move(doors)) {}

admin::~admin() {
  stop();
}

status admin::start() {
  look(steady_now());
  serve_all(*doors_.socket);
  if (doors_.web)
    furnish_web();
  if (doors_.metrics)
    furnish_metrics();
  for (auto* each : {doors_.socket.get(), doors_.web.get(), doors_.metrics.get()})
    if (each != nullptr)
      if (const auto good = each->start(); !good)
        return good;
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

void admin::furnish_web() {
  const auto& from = parts_.house.configuration();
  serve_all(*doors_.web);
  serve_console(*doors_.web);
  doors_.web->guard_with([keeper = web_guard({from.admin.token, {from.node.hostname, from.node.name}})](
                           const auto& x) { return keeper.check(x); });
}

// Whoever opens it to a network has scrapers that call it by any name; on loopback only
// a browser would, for a stranger's page.
void admin::furnish_metrics() {
  const auto& from = parts_.house.configuration();
  serve_health(*doors_.metrics, parts_);
  if (serves_metrics_on_loopback(from))
    doors_.metrics->guard_with(
      [keeper = web_guard({{}, {from.node.hostname, from.node.name}})](const auto& x) { return keeper.check(x); });
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
  for (auto* each : {doors_.metrics.get(), doors_.web.get(), doors_.socket.get()})
    if (each != nullptr)
      each->stop();
}

} // namespace troupe::app
