#include "app/admin/rates_api.hpp"

#include "actors/metrics.hpp"
#include "app/admin/json_answer.hpp"

#include <charconv>

namespace troupe::app {

namespace {

std::int64_t in_ms(wall_time at) {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
}

// "after" is the last sample that the asker has, so that it is sent only what is new.
io::http_response on_rates(admin_parts& parts, const io::http_request& request) {
  std::int64_t after = 0;
  if (const auto given = request.query.find("after"); given != request.query.end()) {
    const auto& text = given->second;
    const auto* end = text.data() + text.size();
    const auto [stop, why] = std::from_chars(text.data(), end, after);
    if (why != std::errc{} || stop != end)
      return refuse({errc::malformed, "after is at_ms of a sample"});
  }
  json list = json::array();
  for (const auto& each : parts.history.later(wall_time{}))
    if (const auto at = in_ms(each.at); at > after)
      list.push_back({{"at_ms", at},
                      {"received", each.received},
                      {"delivered", each.delivered},
                      {"deferred", each.deferred},
                      {"bounced", each.bounced},
                      {"queue", each.queue ? json(*each.queue) : json()}});
  return answer({{"interval_seconds", history_interval.count()},
                 {"span_seconds", history_span.count()},
                 {"samples", std::move(list)}});
}

} // namespace

void serve_rates(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/rates", [&parts](const auto& x) { return on_rates(parts, x); });
}

void take_sample(admin_parts& parts, steady_time now) {
  if (!parts.history.is_due(now))
    return;
  auto& metrics = parts.house.home().metrics;
  const auto sum
    = total(look_at_shards(parts.house, shard_question::store_only, now + history_ask_deadline));
  parts.history.sample(
    now, wall_now(),
    {metrics.messages_received_total().value(), metrics.messages_delivered_total().value(),
     metrics.messages_deferred_total().value(), metrics.messages_bounced_total().value()},
    sum.complete ? std::optional(sum.queued.messages + sum.held.messages) : std::nullopt);
}

} // namespace troupe::app
