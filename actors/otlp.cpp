#include "actors/otlp.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace troupe::actors {

namespace {

using nlohmann::json;

constexpr int status_ok = 1;
constexpr int status_error = 2;

std::string hex(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

// 64-bit numbers are strings in the JSON of protocol buffers.
json attribute(std::string_view key, const std::variant<std::string, std::int64_t>& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return {{"key", key},
          {"value", number != nullptr ? json{{"intValue", std::to_string(*number)}}
                                      : json{{"stringValue", std::get<std::string>(value)}}}};
}

std::string nanoseconds_of(wall_time begin, std::chrono::microseconds later) {
  const auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(begin.time_since_epoch()) + later;
  return std::to_string(at.count());
}

json span_json(const span& x) {
  const auto trace = trace_number(x.message);
  json facts = json::array({attribute("messaging.message.id", to_string(x.message))});
  for (const auto& each : x.facts)
    facts.push_back(attribute(each.key, each.value));
  json made{{"traceId", hex(trace[0]) + hex(trace[1])},
            {"spanId", hex(x.number)},
            {"name", x.name},
            {"kind", static_cast<int>(x.kind)},
            {"startTimeUnixNano", nanoseconds_of(x.begin, {})},
            {"endTimeUnixNano", nanoseconds_of(x.begin, x.took)},
            {"attributes", std::move(facts)},
            {"status", x.failed ? json{{"code", status_error}, {"message", x.fault}} : json{{"code", status_ok}}}};
  if (x.parent != 0)
    made["parentSpanId"] = hex(x.parent);
  return made;
}

} // namespace

std::string write_otlp(const std::vector<span>& all, const span_source& from) {
  json spans = json::array();
  for (const auto& each : all)
    spans.push_back(span_json(each));
  const json resource{{"attributes", json::array({attribute("service.name", "troupe"),
                                                  attribute("service.instance.id", from.node),
                                                  attribute("service.version", from.version)})}};
  const json whole{{"resourceSpans", json::array({json{{"resource", resource},
                                                       {"scopeSpans", json::array({json{{"scope", {{"name", "troupe"}}},
                                                                                        {"spans", std::move(spans)}}})}}})}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool may_send_again(int status) noexcept { return status == 429 || status == 502 || status == 503 || status == 504; }

} // namespace troupe::actors
