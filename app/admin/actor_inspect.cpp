#include "app/admin/actor_inspect.hpp"

#include "actors/metrics.hpp"
#include "app/admin/actor_json.hpp"
#include "app/admin/ask.hpp"
#include "app/admin/histogram_json.hpp"
#include "app/admin/stage_json.hpp"

#include <array>

namespace troupe::app {

namespace {

using viewer = result<json> (*)(node&, const actors::actor_card&, steady_time);

template <class View, class Handle, class Question, json (*Show)(const View&)>
result<json> look(node& house, const actors::actor_card& card, steady_time deadline) {
  const auto who = handle_of<Handle>(card);
  if (!who)
    return error{errc::worker_lost, "the actor is gone"};
  const auto said = ask<View>(house.system(), house.home(), who, Question{}).await(deadline);
  if (!said)
    return said.error();
  return Show(*said);
}

struct kind_viewer {
  std::string_view kind;
  viewer look;
};
// The kind says which handle an actor has.
constexpr std::array viewers{
  kind_viewer{"route", look<actors::route_view, actors::route_actor, actors::describe_route, route_json>},
  kind_viewer{"shard", look<actors::shard_view, actors::shard_actor, actors::describe_shard, shard_json>},
  kind_viewer{"pool", look<actors::pool_view, actors::pool_face, actors::describe_pool, pool_json>},
  kind_viewer{"store", look<actors::store_view, actors::store_actor, actors::describe_store, store_json>},
};

} // namespace

result<json> own_view(node& house, const actors::actor_card& card, steady_time deadline) {
  for (const auto& each : viewers)
    if (each.kind == card.kind)
      return each.look(house, card, deadline);
  return json();
}

json histograms_of(actors::node_metrics& metrics, std::string_view kind) {
  json all = json::object();
  if (kind == "session") {
    all["session_seconds"] = histogram_json(metrics.session_seconds());
    all["message_bytes"] = histogram_json(metrics.message_bytes());
  } else if (kind == "store") {
    all["commit_seconds"] = histogram_json(metrics.commit_seconds());
    all["commit_batch_messages"] = histogram_json(metrics.commit_batch_messages());
  } else if (kind == "route" || kind == "delivery" || kind == "postman") {
    all["delivery_seconds"] = histogram_json(metrics.delivery_seconds());
    all["accept_to_delivery_seconds"] = histogram_json(metrics.accept_to_delivery_seconds());
  }
  return all;
}

json inspect(node& house, const actors::actor_card& card, steady_time deadline) {
  const auto& directory = house.home().actors;
  auto out = actor_json(directory.view_of(card));
  out["born"] = format_rfc3339(
    wall_now() - std::chrono::duration_cast<milliseconds>(steady_now() - card.born));
  out["events"] = events_json(directory.events_of(card));
  const auto own = own_view(house, card, deadline);
  if (!own)
    out["silent"] = own.error().detail;
  else if (!own->is_null())
    out["own"] = *own;
  out["histograms"] = histograms_of(house.home().metrics, card.kind);
  return out;
}

} // namespace troupe::app
