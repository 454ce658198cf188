#include "app/admin/actor_json.hpp"

#include "app/admin/stage_json.hpp"

#include <fmt/format.h>

#include <iterator>

namespace troupe::app {

namespace {

/// Handlers that have just begun are no news.
constexpr milliseconds busy_min{10};

double in_seconds(milliseconds span) {
  return std::chrono::duration<double>(span).count();
}

} // namespace

// Ten thousand of them are a common answer: as text they cost a quarter of what a tree
// of JSON values does, and the mail path notices.
void append_actor(std::string& to, const actors::actor_view& who) {
  fmt::format_to(std::back_inserter(to),
                 R"({{"path":{},"kind":"{}","state":"{}","state_seconds":{:.3f},"mailbox":{},)"
                 R"("mailbox_limit":{},"in_hand":{},"handled":{},"steps":{},"refused":{},)"
                 R"("age_seconds":{:.3f},"restarts":{})",
                 dump(who.path), who.kind, who.state, in_seconds(who.in_state), who.mailbox_depth,
                 who.mailbox_limit, who.in_hand, who.handled, who.steps, who.refused,
                 in_seconds(who.age), who.restarts);
  if (who.busy_for >= busy_min)
    fmt::format_to(std::back_inserter(to), R"(,"busy_seconds":{:.3f})", in_seconds(who.busy_for));
  if (!who.last_error.empty())
    to += ",\"last_error\":" + dump(who.last_error);
  to += '}';
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
