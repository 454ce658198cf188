#include "app/admin/routes_api.hpp"

#include "actors/filter_desk.hpp"
#include "app/admin/actor_json.hpp"
#include "app/admin/ask.hpp"
#include "app/admin/stage_json.hpp"
#include "app/config/quantity.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace troupe::app {

namespace {

struct named_breaker_act {
  const char* path;
  actors::breaker_act act;
  const char* done;
};
constexpr std::array breaker_acts{
  named_breaker_act{"/v1/breakers/open", actors::breaker_act::open, "open"},
  named_breaker_act{"/v1/breakers/close", actors::breaker_act::close, "closed"},
  named_breaker_act{"/v1/breakers/reset", actors::breaker_act::reset, "reset"}};

constexpr std::string_view route_breaker = "route/";
constexpr std::string_view store_breaker = "store/";

std::size_t load_of(const actors::route_view& x) {
  return x.ready + x.in_hand;
}

io::http_response on_routes(admin_parts& parts) {
  const auto known = look_at_routes(parts.house, steady_now() + ask_deadline);
  if (!known)
    return refuse(known.error());
  json list = json::array(), suspended = json::array();
  for (const auto& each : known->views)
    list.push_back(route_json(each));
  for (const auto& each : known->suspended)
    suspended.push_back({{"name", each.name}, {"left_seconds", each.left.count()}});
  return answer({{"routes", std::move(list)},
                 {"suspended", std::move(suspended)},
                 {"count", known->count},
                 {"silent", known->silent}});
}

io::http_response on_breakers(admin_parts& parts) {
  auto list = breakers_json(parts.house, steady_now() + ask_deadline);
  if (!list)
    return refuse(list.error());
  const auto count = list->size();
  return answer({{"breakers", *std::move(list)}, {"count", count}});
}

/// What the body names: {"name":…} and, where it may stand, {"for":"1h"}.
struct named_act {
  std::string name;
  seconds for_so_long = suspension_default;
};

result<named_act> parse_named(const std::string& body) {
  const auto given = json::parse(body, nullptr, false);
  if (!given.is_object() || !given.contains("name") || !given["name"].is_string()
      || given["name"].get_ref<const std::string&>().empty())
    return error{errc::malformed, R"(the body is {"name":"smtp:relay.test:25"})"};
  named_act act{given["name"].get<std::string>()};
  if (!given.contains("for"))
    return act;
  if (!given["for"].is_string())
    return error{errc::malformed, R"(for is a time, as "1h")"};
  const auto span = parse_duration(given["for"].get<std::string>());
  if (!span)
    return span.error();
  act.for_so_long = std::chrono::duration_cast<seconds>(*span);
  if (act.for_so_long < seconds{1} || act.for_so_long > suspension_max)
    return error{errc::malformed, "for is 1s to 7d"};
  return act;
}

template <class Question>
result<actors::routes_told> tell(node& house, Question what) {
  return ask<actors::routes_told>(house.system(), house.home(), house.switchboard(), std::move(what))
    .await(steady_now() + ask_deadline);
}

io::http_response on_suspend(admin_parts& parts, const io::http_request& request) {
  const auto act = parse_named(request.body);
  if (!act)
    return refuse(act.error());
  const auto told = tell(parts.house, actors::suspend_route{act->name, act->for_so_long});
  if (!told)
    return refuse(told.error());
  return answer({{"name", act->name},
                 {"suspended_seconds", act->for_so_long.count()},
                 {"stands", told->count > 0}});
}

io::http_response on_resume(admin_parts& parts, const io::http_request& request) {
  const auto act = parse_named(request.body);
  if (!act)
    return refuse(act.error());
  const auto told = tell(parts.house, actors::resume_route{act->name});
  if (!told)
    return refuse(told.error());
  return answer({{"name", act->name}, {"resumed", true}, {"stands", told->count > 0}});
}

/// Fails with not_found where no such shard is open.
status tell_store(node& house, const std::string& name, actors::breaker_act act) {
  for (const auto& each : house.shards()) {
    if (name != std::string(store_breaker) + std::to_string(each.number))
      continue;
    const auto told = ask<actors::store_view>(house.system(), house.home(), each.store->now(),
                                              actors::act_on_breaker{act})
                        .await(steady_now() + ask_deadline);
    return told ? status{} : status{told.error()};
  }
  return error{errc::not_found, "no shard of this number is open: " + name};
}

io::http_response on_breaker_act(admin_parts& parts, const named_breaker_act& which,
                                 const io::http_request& request) {
  auto act = parse_named(request.body);
  if (!act)
    return refuse(act.error());
  if (act->name.starts_with(actors::filter_breaker)) {
    const auto set = ask<actors::filter_breaker_set>(parts.house.system(), parts.house.home(),
                                                     parts.house.filter_desk(),
                                                     actors::set_filter_breaker{act->name, which.act})
                       .await(steady_now() + ask_deadline);
    if (!set)
      return refuse(set.error());
    return answer({{"name", act->name}, {"act", which.done}});
  }
  // "breakers" shows them as dns, store/0, dnsbl/ZONE and route/NAME; the route's own name will do, too.
  auto name = act->name;
  if (name.starts_with(store_breaker)) {
    if (const auto told = tell_store(parts.house, name, which.act); !told)
      return refuse(told.error());
    return answer({{"name", name}, {"act", which.done}});
  }
  if (name.starts_with(actors::block_list_breaker)) {
    if (!parts.house.book().act_on_list(name.substr(actors::block_list_breaker.size()), which.act, steady_now()))
      return refuse({errc::not_found, "no block list of this name is asked: " + name});
    return answer({{"name", name}, {"act", which.done}});
  }
  if (name.starts_with(route_breaker))
    name.erase(0, route_breaker.size());
  if (name == actors::auth_breaker) {
    const auto seen = ask<actors::gatekeeper_view>(parts.house.system(), parts.house.home(), parts.house.gatekeeper(),
                                                   actors::act_on_auth_breaker{which.act})
                        .await(steady_now() + ask_deadline);
    if (!seen)
      return refuse(seen.error());
    return answer({{"name", name}, {"act", which.done}});
  }
  const auto told = tell(parts.house, actors::set_breaker{name, which.act});
  if (!told)
    return refuse(told.error());
  const auto shown = name == actors::dns_breaker ? name : std::string(route_breaker) + name;
  return answer({{"name", shown}, {"act", which.done}});
}

} // namespace

result<known_routes> look_at_routes(node& house, steady_time deadline) {
  auto said = ask<actors::routes_view>(house.system(), house.home(), house.switchboard(),
                                       actors::describe_routes{})
                .await(deadline);
  if (!said)
    return said.error();
  known_routes known;
  known.suspended = std::move(said->suspended);
  known.dns = std::move(said->dns);
  known.count = said->all.size();
  said->all.resize(std::min(known.count, listed_routes_max));
  std::vector<question<actors::route_view>> questions;
  for (const auto& each : said->all)
    questions.push_back(
      ask<actors::route_view>(house.system(), house.home(), each, actors::describe_route{}));
  for (auto& each : questions)
    if (auto view = each.await(deadline))
      known.views.push_back(*std::move(view));
  known.silent = questions.size() - known.views.size();
  std::sort(known.views.begin(), known.views.end(), [](const auto& a, const auto& b) {
    return load_of(a) != load_of(b) ? load_of(a) > load_of(b) : a.name < b.name;
  });
  return known;
}

result<json> breakers_json(node& house, steady_time deadline) {
  const auto known = look_at_routes(house, deadline);
  if (!known)
    return known.error();
  std::vector<std::pair<std::string, const policy::breaker_view*>> all;
  const auto looks = look_at_shards(house, shard_question::store_only, deadline);
  for (const auto& each : looks)
    if (each.store)
      all.emplace_back(std::string(store_breaker) + std::to_string(each.number), &each.store->breaker);
  for (const auto& each : known->views)
    all.emplace_back(std::string(route_breaker) + each.name, &each.breaker);
  all.emplace_back(actors::dns_breaker, &known->dns);
  const auto gate = ask<actors::gatekeeper_view>(house.system(), house.home(), house.gatekeeper(),
                                                 actors::describe_gatekeeper{})
                      .await(deadline);
  if (gate && gate->uses_dovecot)
    all.emplace_back(actors::auth_breaker, &gate->dovecot);
  const auto filters = ask<actors::filters_view>(house.system(), house.home(), house.filter_desk(),
                                                 actors::describe_filters{})
                         .await(deadline);
  if (filters)
    for (const auto& each : filters->all)
      all.emplace_back(each.name, &each.breaker);
  const auto lists = house.book().block_lists(steady_now());
  for (const auto& [zone, view] : lists)
    all.emplace_back(std::string(actors::block_list_breaker) + zone, &view);
  std::stable_partition(all.begin(), all.end(), [](const auto& each) {
    return each.second->state != policy::breaker_state::closed;
  });
  const auto now = steady_now();
  json list = json::array();
  for (const auto& [name, view] : all)
    list.push_back(breaker_json(name, *view, now));
  return list;
}

void serve_routes(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/routes", [&parts](const auto&) { return on_routes(parts); });
  server.route("GET", "/v1/breakers", [&parts](const auto&) { return on_breakers(parts); });
  server.route("POST", "/v1/routes/suspend", [&parts](const auto& x) { return on_suspend(parts, x); });
  server.route("POST", "/v1/routes/resume", [&parts](const auto& x) { return on_resume(parts, x); });
  for (const auto& each : breaker_acts)
    server.route("POST", each.path,
                 [&parts, &each](const auto& x) { return on_breaker_act(parts, each, x); });
}

} // namespace troupe::app
