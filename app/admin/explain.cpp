#include "app/admin/explain.hpp"

#include "app/admin/actor_json.hpp"
#include "app/admin/ask.hpp"
#include "app/admin/message_json.hpp"
#include "app/admin/why_chain.hpp"

namespace troupe::app {

namespace {

json chain_json(const std::vector<why_link>& chain) {
  json list = json::array();
  for (const auto& each : chain) {
    json link{{"link", each.link}, {"name", each.name}, {"words", each.words}, {"holds", each.holds}};
    if (each.lasts)
      link["lasts_seconds"] = each.lasts->count();
    list.push_back(std::move(link));
  }
  return list;
}

} // namespace

json explain(node& house, const located_mail& found, steady_time deadline) {
  const auto& at = house.shards()[found.shard];
  why_facts facts{.mail = found.mail, .shard = at.number, .now = wall_now()};
  auto out = message_json(found.mail, at.number, facts.now);
  auto place = ask<actors::message_place>(house.system(), house.home(), at.shard->now(),
                                          actors::explain_message{found.mail.id})
                 .await(deadline);
  std::vector<question<actors::route_view>> questions;
  if (!place)
    facts.shard_silence = place.error().detail;
  else
    for (const auto& each : place->routes)
      questions.push_back(
        ask<actors::route_view>(house.system(), house.home(), each, actors::describe_route{}));
  json routes = json::array();
  for (auto& each : questions) {
    auto view = each.await(deadline);
    if (!view) {
      facts.silent.push_back(view.error().detail);
      continue;
    }
    routes.push_back(route_json(*view));
    facts.routes.push_back(*std::move(view));
  }
  if (place) {
    // The SHARD keeps no list of what is held: that is on disk only.
    const bool only_held = state_of(found.mail) == message_state::held && place->where == "scheduled";
    out["where"] = only_held ? "held" : place->where;
    out["destinations"] = place->destinations;
    if (place->leased_for.count() > 0)
      out["leased_seconds"] = std::chrono::duration<double>(place->leased_for).count();
    facts.place = *std::move(place);
  }
  const auto chain = walk(facts);
  out["routes"] = std::move(routes);
  out["chain"] = chain_json(chain);
  if (const auto* link = holder(chain))
    out["held_by"] = chain_json({*link}).front();
  auto& waits = out["waits_for"] = json::array();
  for (const auto& each : chain)
    if (each.holds)
      waits.push_back(each.words);
  return out;
}

} // namespace troupe::app
