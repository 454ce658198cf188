#include "app/admin/explain.hpp"

#include "app/admin/actor_json.hpp"
#include "app/admin/ask.hpp"
#include "app/admin/message_json.hpp"
#include "app/admin/routes_api.hpp"
#include "app/admin/way.hpp"
#include "app/admin/why_chain.hpp"

#include <algorithm>

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

/// Destinations of one message that are looked up.
constexpr std::size_t ways_looked_up_max = 5;

// Mail that waits on disk is with no route, yet a route may be what it waits for: an
// ill host, or an operator who suspended it.
std::vector<actors::route_view> routes_ahead(node& house, const known_routes& known, const queued_message& mail,
                                             steady_time deadline) {
  std::vector<std::string> domains;
  std::vector<actors::route_view> ahead;
  for (const auto& each : mail.recipients) {
    const auto& domain = each.to.address.domain;
    if (each.state != recipient_state::queued || domains.size() == ways_looked_up_max
        || std::find(domains.begin(), domains.end(), domain) != domains.end())
      continue;
    domains.push_back(domain);
    const auto name = find_way(house, each.to.address, deadline).route;
    const auto is_it = [&](const auto& x) { return x.name == name; };
    const auto standing = std::find_if(known.views.begin(), known.views.end(), is_it);
    const auto suspended = std::find_if(known.suspended.begin(), known.suspended.end(), is_it);
    if (std::any_of(ahead.begin(), ahead.end(), is_it))
      continue;
    if (standing != known.views.end()) {
      ahead.push_back(*standing);
    } else if (suspended != known.suspended.end()) {
      auto& absent = ahead.emplace_back();
      absent.name = name;
      absent.state = "suspended";
      absent.suspended_for = suspended->left;
    }
  }
  return ahead;
}

} // namespace

json explain(node& house, const located_mail& found, steady_time deadline) {
  const auto& at = house.shards()[found.shard];
  why_facts facts{.mail = found.mail, .shard = at.number, .now = wall_now()};
  auto out = message_json(found.mail, at.number, facts.now, found.kind);
  if (found.kind == storage::kept_as::copy) {
    out["where"] = "copy";
    out["destinations"] = out["routes"] = out["chain"] = json::array();
    out["waits_for"] = {"nothing here: it is a copy, kept for the node that owns the message"};
    return out;
  }
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
  if (questions.empty())
    if (const auto known = look_at_routes(house, deadline)) {
      facts.routes = routes_ahead(house, *known, found.mail, deadline);
      facts.dns = known->dns;
    }
  if (const auto store = ask<actors::store_view>(house.system(), house.home(), at.store->now(), actors::describe_store{})
                           .await(deadline))
    facts.store = store->breaker;
  for (auto& each : questions) {
    auto view = each.await(deadline);
    if (!view) {
      facts.silent.push_back(view.error().detail);
      continue;
    }
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
  json routes = json::array();
  for (const auto& each : facts.routes)
    routes.push_back(route_json(each));
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
