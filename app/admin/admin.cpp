#include "app/admin/admin.hpp"

#include "actors/metrics.hpp"
#include "app/admin/health_api.hpp"
#include "app/admin/node_api.hpp"
#include "app/admin/queue_acts.hpp"
#include "app/admin/queue_api.hpp"
#include "app/admin/rates_api.hpp"

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
  serve_node(*socket_, parts_);
  serve_rates(*socket_, parts_);
  serve_queue(*socket_, parts_);
  serve_acts(*socket_, parts_);
  serve_health(*socket_, parts_);
  if (const auto open = socket_->start(); !open)
    return error{open.error().code, "admin.socket: " + open.error().detail};
  const auto& at = parts_.house.configuration().metrics.http;
  if (at.is_empty())
    return {};
  options.address = to_string(at);
  metrics_ = std::make_unique<io::http_server>(options);
  serve_health(*metrics_, parts_);
  if (const auto open = metrics_->start(); !open)
    return error{open.error().code, "metrics.http: " + open.error().detail};
  return {};
}

void admin::look(steady_time now) {
  parts_.main_seen.store(now.time_since_epoch().count());
  // Asking for a counter also shows it, so that a new node says zero and not nothing.
  auto& metrics = parts_.house.home().metrics;
  static_cast<void>(metrics.messages_deferred_total());
  parts_.rates.sample(now, metrics.messages_received_total().value(),
                      metrics.messages_delivered_total().value()
                        + metrics.messages_bounced_total().value());
  take_sample(parts_, now);
}

void admin::stop() {
  if (metrics_)
    metrics_->stop();
  if (socket_)
    socket_->stop();
}

} // namespace troupe::app
