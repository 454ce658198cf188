#include "app/admin/actor_json.hpp"

#include "app/admin/stage_json.hpp"

#include <fmt/compile.h>

#include <algorithm>
#include <iterator>

namespace troupe::app {

namespace {

/// Handlers that have just begun are no news.
constexpr milliseconds busy_min{10};

/// As a number of seconds. Never negative.
struct seconds_text {
  std::int64_t whole;
  std::int64_t thousandths;

  explicit seconds_text(milliseconds span) : whole(span.count() / 1000), thousandths(span.count() % 1000) {}
};

void append_text(fmt::memory_buffer& to, std::string_view text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c < '\x7f' && c != '"' && c != '\\';
  });
  if (is_plain)
    fmt::format_to(std::back_inserter(to), FMT_COMPILE("\"{}\""), text);
  else
    fmt::format_to(std::back_inserter(to), FMT_COMPILE("{}"), dump(std::string(text)));
}

} // namespace

// Ten thousand of them are a common answer: as text they cost a tenth of what a tree of
// JSON values does, and the mail path notices.
void append_actor(std::string& to, const actors::actor_view& who) {
  fmt::memory_buffer line;
  const auto put = std::back_inserter(line);
  fmt::format_to(put, FMT_COMPILE("{{\"path\":"));
  append_text(line, who.path);
  const seconds_text in_state{who.in_state}, age{who.age}, busy{who.busy_for};
  fmt::format_to(put,
                 FMT_COMPILE(",\"kind\":\"{}\",\"state\":\"{}\",\"state_seconds\":{}.{:03},\"mailbox\":{},"
                             "\"mailbox_limit\":{},\"in_hand\":{},\"handled\":{},\"steps\":{},\"refused\":{},"
                             "\"age_seconds\":{}.{:03},\"restarts\":{}"),
                 who.kind, who.state, in_state.whole, in_state.thousandths, who.mailbox_depth,
                 who.mailbox_limit, who.in_hand, who.handled, who.steps, who.refused, age.whole,
                 age.thousandths, who.restarts);
  if (who.busy_for >= busy_min)
    fmt::format_to(put, FMT_COMPILE(",\"busy_seconds\":{}.{:03}"), busy.whole, busy.thousandths);
  if (!who.last_error.empty()) {
    fmt::format_to(put, FMT_COMPILE(",\"last_error\":"));
    append_text(line, who.last_error);
  }
  line.push_back('}');
  to.append(line.data(), line.size());
}

json actor_json(const actors::actor_view& who) {
  std::string text;
  append_actor(text, who);
  return json::parse(text);
}

json events_json(const std::vector<actors::actor_event>& events) {
  json list = json::array();
  for (const auto& each : events)
    list.push_back({{"at", format_rfc3339(each.when)}, {"what", each.what}});
  return list;
}

json route_json(const actors::route_view& view) {
  json out{{"name", view.name},           {"state", view.state},       {"ready", view.ready},
           {"in_hand", view.in_hand},     {"sessions", view.sessions}, {"window", view.window},
           {"delivered", view.delivered}, {"deferred", view.deferred}, {"failed", view.failed}};
  if (view.places_asked > 0)
    out["places_asked"] = view.places_asked;
  if (view.rests_for.count() > 0)
    out["rests_for_seconds"] = view.rests_for.count();
  if (view.suspended_for.count() > 0)
    out["suspended_seconds"] = view.suspended_for.count();
  out["breaker"] = breaker_json("route/" + view.name, view.breaker, steady_now());
  if (!view.rate.empty())
    out["rate"] = view.rate;
  if (!view.last_reply.empty())
    out["last_reply"] = view.last_reply;
  return out;
}

json shard_json(const actors::shard_view& view) {
  return {{"active", view.active},       {"active_bytes", view.active_bytes},
          {"scheduled", view.scheduled}, {"parked", view.parked},
          {"leased", view.leased},       {"settling", view.settling}};
}

json store_json(const actors::store_view& view) {
  const auto& queued = view.counts.of(message_state::queued);
  const auto& held = view.counts.of(message_state::held);
  json out{{"messages", queued.messages + held.messages},
           {"bytes", queued.bytes + held.bytes},
           {"queued", queued.messages},
           {"held", held.messages},
           {"oldest_seconds",
            view.oldest.value == 0 ? 0 : seconds_between(born_at(view.oldest), wall_now())},
           {"log_bytes", view.wal_bytes},
           {"has_room", view.has_room},
           {"broken", view.broken}};
  if (!view.aside.empty())
    out["aside"] = view.aside;
  return out;
}

} // namespace troupe::app
