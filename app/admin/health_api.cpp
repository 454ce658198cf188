#include "app/admin/health_api.hpp"

#include "actors/directory.hpp"
#include "actors/metrics.hpp"
#include "app/admin/json_answer.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace troupe::app {

namespace {

/// The main thread comes by twice a second.
constexpr seconds main_silent_max{5};
constexpr const char* prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

void refresh_actor_gauges(node& house) {
  struct kind_sum {
    std::size_t count = 0, deepest = 0, limit = 0;
  };
  std::map<std::string_view, kind_sum> kinds;
  for (const auto& each : house.home().actors.everyone()) {
    auto& sum = kinds[each.kind];
    ++sum.count;
    sum.deepest = std::max(sum.deepest, each.mailbox_depth);
    sum.limit = std::max(sum.limit, each.mailbox_limit);
  }
  // These come and go; when the last one is gone the gauge has to say so.
  for (const char* kind : {"session", "route", "delivery", "postman"})
    kinds.try_emplace(kind);
  auto& metrics = house.home().metrics;
  for (const auto& [kind, sum] : kinds) {
    metrics.actors(kind).set(static_cast<double>(sum.count));
    metrics.mailbox_depth(kind).set(static_cast<double>(sum.deepest));
    if (sum.limit > 0)
      metrics.mailbox_limit(kind).set(static_cast<double>(sum.limit));
  }
}

/// As the STORE reckons: the limit is shared out evenly over all shards there are.
bool is_at_limit(const node& house, const actors::store_view& store) {
  const auto limit = house.configuration().limits.queue_bytes;
  const auto shards = house.shards().size() + house.set_aside().size();
  return limit != 0
         && store.counts.of(message_state::queued).bytes + store.counts.of(message_state::held).bytes
              >= limit / shards;
}

io::http_response on_metrics(admin_parts& parts) {
  refresh_gauges(parts, steady_now() + scrape_deadline);
  return {200, prometheus_text, parts.house.home().metrics.render()};
}

io::http_response on_ready(admin_parts& parts) {
  const auto looks
    = look_at_shards(parts.house, shard_question::store_only, steady_now() + scrape_deadline);
  const auto verdict = readiness_of(parts.house, looks);
  return answer(
    {{"ready", verdict.ready}, {"reasons", verdict.reasons}, {"degraded", verdict.degraded}},
    verdict.ready ? 200 : 503);
}

io::http_response on_health(admin_parts& parts) {
  // While it drains, the main thread waits for the house, and shards leave.
  if (parts.house.draining())
    return answer({{"healthy", true}, {"draining", true}});
  const steady_time seen{steady_time::duration{parts.main_seen.load()}};
  if (steady_now() - seen > main_silent_max)
    return answer({{"healthy", false}, {"reason", "the main thread is stuck"}}, 503);
  const auto looks
    = look_at_shards(parts.house, shard_question::store_and_shard, steady_now() + scrape_deadline);
  const bool alive
    = std::any_of(looks.begin(), looks.end(), [](const auto& each) { return each.shard; });
  if (!alive)
    return answer({{"healthy", false}, {"reason", "no shard of the queue answers"}}, 503);
  return answer({{"healthy", true}});
}

} // namespace

readiness readiness_of(node& house, const std::vector<shard_look>& shards) {
  std::vector<std::string> aside;
  for (const auto& each : house.set_aside())
    aside.push_back("shard " + std::to_string(each.number) + ": set aside: " + each.why);
  std::vector<shard_health> health;
  for (const auto& each : shards)
    health.push_back({each.number, each.store.has_value(), each.store && each.store->broken,
                      each.store && each.store->has_room,
                      each.store && is_at_limit(house, *each.store)});
  return judge(house.draining(), aside, health);
}

void refresh_gauges(admin_parts& parts, steady_time deadline) {
  auto& metrics = parts.house.home().metrics;
  refresh_actor_gauges(parts.house);
  const auto looks = look_at_shards(parts.house, shard_question::store_only, deadline);
  if (!std::all_of(looks.begin(), looks.end(), [](const auto& each) { return each.store; }))
    return;
  const auto sum = total(looks);
  metrics.queue_messages("queued").set(static_cast<double>(sum.queued.messages));
  metrics.queue_messages("held").set(static_cast<double>(sum.held.messages));
  metrics.queue_bytes().set(static_cast<double>(sum.queued.bytes + sum.held.bytes));
  metrics.queue_oldest_seconds().set(
    sum.oldest == wall_time{} ? 0.0 : static_cast<double>(seconds_between(sum.oldest, wall_now())));
  metrics.queue_drain_estimate_seconds().set(
    drain_estimate(sum.queued.messages, parts.rates.rates())
      .value_or(std::numeric_limits<double>::infinity()));
}

void serve_health(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/metrics", [&parts](const auto&) { return on_metrics(parts); });
  server.route("GET", "/healthz", [&parts](const auto&) { return on_health(parts); });
  server.route("GET", "/readyz", [&parts](const auto&) { return on_ready(parts); });
}

} // namespace troupe::app
