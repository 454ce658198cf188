#include "app/admin/node_api.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "app/admin/health_api.hpp"
#include "app/admin/routes_api.hpp"

#include <algorithm>
#include <unistd.h>

namespace troupe::app {

namespace {

json totals_json(actors::node_metrics& metrics) {
  return {{"received", metrics.messages_received_total().value()},
          {"delivered", metrics.messages_delivered_total().value()},
          {"deferred", metrics.messages_deferred_total().value()},
          {"bounced", metrics.messages_bounced_total().value()}};
}

json queue_json(const queue_totals& sum, const mail_rates& rates) {
  json out{{"messages", sum.queued.messages + sum.held.messages},
           {"bytes", sum.queued.bytes + sum.held.bytes},
           {"queued", sum.queued.messages},
           {"held", sum.held.messages},
           {"complete", sum.complete}};
  out["oldest_seconds"] = sum.oldest == wall_time{} ? 0 : seconds_between(sum.oldest, wall_now());
  const auto drain = drain_estimate(sum.queued.messages, rates);
  out["drain_estimate_seconds"] = drain ? json(*drain) : json();
  return out;
}

/// At most so many are named.
constexpr std::size_t named_breakers_max = 20;

json not_closed(const json& breakers) {
  json list = json::array();
  for (const auto& each : breakers)
    if (each["state"] != "closed" && list.size() < named_breakers_max)
      list.push_back(each);
  return list;
}

json pressure_json(const pressure_meter& meter) {
  json list = json::array();
  for (const auto& each : meter.now_holding())
    list.push_back({{"link", each.link}, {"waiting", each.waiting}});
  return list;
}

io::http_response on_status(admin_parts& parts) {
  auto& house = parts.house;
  const auto deadline = steady_now() + ask_deadline;
  const auto looks = look_at_shards(house, shard_question::store_only, deadline);
  const auto breakers = breakers_json(house, deadline);
  const auto verdict = readiness_of(house, looks);
  const auto rates = parts.rates.rates();
  const auto uptime
    = std::chrono::duration_cast<seconds>(steady_now() - house.started_at()).count();
  json out(
    {{"node", house.configuration().node.name},
     {"hostname", house.configuration().node.hostname},
     {"version", TROUPE_VERSION},
     {"pid", ::getpid()},
     {"uptime_seconds", uptime},
     {"ready", verdict.ready},
     {"reasons", verdict.reasons},
     {"degraded", verdict.degraded},
     {"draining", house.draining()},
     {"sessions", house.sessions()},
     {"queue", queue_json(total(looks), rates)},
     {"rates", {{"in_per_second", rates.in_per_second}, {"out_per_second", rates.out_per_second}}},
     {"totals", totals_json(house.home().metrics)},
     {"backpressure", pressure_json(parts.pressure)},
     {"log_level", to_string(house.home().log.level())}});
  if (breakers)
    out["open_breakers"] = not_closed(*breakers);
  return answer(out);
}

std::optional<log_level> level_named(std::string_view name) {
  for (const auto each :
       {log_level::trace, log_level::debug, log_level::info, log_level::warn, log_level::error})
    if (name == to_string(each))
      return each;
  return std::nullopt;
}

io::http_response on_log_level(admin_parts& parts, const io::http_request& request) {
  const auto body = json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("level") || !body["level"].is_string())
    return refuse({errc::malformed, R"(the body is {"level":"info"})"});
  const auto level = level_named(body["level"].get<std::string>());
  if (!level)
    return refuse({errc::malformed, "a level is trace, debug, info, warn or error"});
  auto& log = parts.house.home().log;
  const auto before = log.level();
  log.set_level(*level);
  return answer({{"level", to_string(*level)}, {"before", to_string(before)}});
}

io::http_response on_reload(admin_parts& parts) {
  if (parts.house.draining())
    return refuse({errc::draining, "the node is draining"});
  const auto done = parts.commands.reload();
  if (!done)
    return refuse(done.error());
  if (done->done)
    return answer({{"reloaded", true}, {"need_restart", done->need_restart}});
  std::string all;
  for (const auto& each : done->errors)
    all.append(all.empty() ? "" : "\n").append(each);
  return refuse(422, "bad_configuration", all);
}

io::http_response on_shutdown(admin_parts& parts) {
  // A second SIGTERM would cut the drain short.
  if (!parts.house.draining())
    parts.commands.shutdown();
  return answer({{"draining", true}}, 202);
}

} // namespace

void serve_node(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/status", [&parts](const auto&) { return on_status(parts); });
  server.route("POST", "/v1/log-level", [&parts](const auto& x) { return on_log_level(parts, x); });
  server.route("POST", "/v1/reload", [&parts](const auto&) { return on_reload(parts); });
  server.route("POST", "/v1/shutdown", [&parts](const auto&) { return on_shutdown(parts); });
}

} // namespace troupe::app
