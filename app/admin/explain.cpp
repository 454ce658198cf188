#include "app/admin/explain.hpp"

#include "app/admin/ask.hpp"
#include "app/admin/message_json.hpp"
#include "app/admin/node_api.hpp"
#include "app/words/duration_words.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

std::string route_words(const actors::route_view& route) {
  auto text = "route " + route.name + ": " + route.state;
  if (route.rests_for.count() > 0)
    text += ", the host did not answer; next try in " + duration_words(route.rests_for);
  text += ", " + std::to_string(route.sessions) + " sessions of at most "
          + std::to_string(route.window) + ", " + std::to_string(route.ready)
          + " ready before or beside it";
  if (!route.rate.empty())
    text += ", rate " + route.rate;
  if (!route.last_reply.empty())
    text += ", last reply: " + route.last_reply;
  return text;
}

std::string listing(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& each : names)
    all.append(all.empty() ? "" : ", ").append(each);
  return all;
}

// What the message's own row says: who is held, and when the next attempt is due.
void say_recipients(json& waits, const queued_message& mail, wall_time now) {
  const auto count = [&](auto wanted) {
    return static_cast<std::size_t>(
      std::count_if(mail.recipients.begin(), mail.recipients.end(), wanted));
  };
  const auto people = [](std::size_t number) {
    return std::to_string(number) + (number == 1 ? " recipient" : " recipients");
  };
  const auto held = count([](const auto& each) { return each.state == recipient_state::held; });
  if (held > 0)
    waits.push_back("an operator: " + people(held) + " held"
                    + (mail.hold_reason.empty() ? "" : " (" + mail.hold_reason + ")")
                    + "; troupectl queue release " + to_string(mail.id));
  const auto later = count(
    [&](const auto& each) { return each.state == recipient_state::queued && each.due > now; });
  if (later > 0)
    waits.push_back("the next attempt for " + people(later) + ", in "
                    + duration_words(std::max(due_of(mail) - now, milliseconds{0})));
}

void say_place(json& waits, const actors::message_place& place) {
  const auto to = listing(place.destinations);
  if (place.where == "leased")
    waits.push_back("a delivery to " + to + ", in hand for " + duration_words(place.leased_for));
  else if (place.where == "waiting")
    waits.push_back("a route to " + to);
  else if (place.where == "parked")
    waits.push_back("its turn: more wait for " + to + " than are kept in memory");
  else if (place.where == "settling")
    waits.push_back("the disk: what became of it is being written");
  else if (place.where == "loading")
    waits.push_back("the disk: it is being read");
}

} // namespace

json explain(node& house, const located_mail& found, steady_time deadline) {
  const auto now = wall_now();
  const auto& at = house.shards()[found.shard];
  auto out = message_json(found.mail, at.number, now);
  json waits = json::array();
  say_recipients(waits, found.mail, now);
  const auto place = ask<actors::message_place>(house.system(), house.home(), at.shard->now(),
                                                actors::explain_message{found.mail.id})
                       .await(deadline);
  if (!place) {
    waits.push_back("shard " + std::to_string(at.number)
                    + ", which does not say where the message is: " + place.error().detail);
    out["waits_for"] = std::move(waits);
    return out;
  }
  // The SHARD keeps no list of what is held: that is on disk only.
  const bool only_held = state_of(found.mail) == message_state::held && place->where == "scheduled";
  out["where"] = only_held ? "held" : place->where;
  out["destinations"] = place->destinations;
  if (place->leased_for.count() > 0)
    out["leased_seconds"] = std::chrono::duration<double>(place->leased_for).count();
  say_place(waits, *place);
  std::vector<question<actors::route_view>> questions;
  for (const auto& each : place->routes)
    questions.push_back(
      ask<actors::route_view>(house.system(), house.home(), each, actors::describe_route{}));
  json routes = json::array();
  for (auto& each : questions) {
    const auto view = each.await(deadline);
    if (!view) {
      waits.push_back("a route that does not answer: " + view.error().detail);
      continue;
    }
    routes.push_back(route_json(*view));
    waits.push_back(route_words(*view));
  }
  out["routes"] = std::move(routes);
  out["waits_for"] = std::move(waits);
  return out;
}

} // namespace troupe::app
