#include "app/admin/queue_api.hpp"

#include "app/admin/actor_json.hpp"
#include "app/admin/explain.hpp"
#include "app/admin/message_json.hpp"
#include "app/admin/queue_survey.hpp"

#include <charconv>

namespace troupe::app {

namespace {

json look_json(const shard_look& look) {
  json out{{"shard", look.number}, {"answers", look.store.has_value()}};
  if (look.store)
    out.update(store_json(*look.store));
  if (look.shard)
    out["in_memory"] = shard_json(*look.shard);
  return out;
}

struct surveyed {
  queue_survey survey;
  bool cut = false;
};

surveyed survey_queue(admin_parts& parts) {
  surveyed found{queue_survey(wall_now())};
  const auto shards = parts.house.shards().size();
  const auto begun = steady_now();
  for (std::size_t i = 0; i < shards; ++i) {
    // To each its share, so that the first shard can't hide the last.
    const auto until = begun + look_time_max * (i + 1) / shards;
    const auto all
      = parts.browser.walk(i, surveyed_messages_max / shards, until,
                           [&](const queued_message& mail) { found.survey.add(mail); });
    found.cut = found.cut || !all || !*all;
  }
  return found;
}

io::http_response on_counts(admin_parts& parts) {
  const auto looks
    = look_at_shards(parts.house, shard_question::store_and_shard, steady_now() + ask_deadline);
  const auto sum = total(looks);
  const auto found = survey_queue(parts);
  const auto now = wall_now();
  json out{{"messages", sum.queued.messages + sum.held.messages},
           {"bytes", sum.queued.bytes + sum.held.bytes},
           {"complete", sum.complete},
           {"states",
            {{"queued", {{"messages", sum.queued.messages}, {"bytes", sum.queued.bytes}}},
             {"held", {{"messages", sum.held.messages}, {"bytes", sum.held.bytes}}}}}};
  if (sum.copies.messages > 0) // of other nodes' mail: not in "messages"
    out["states"]["copy"] = {{"messages", sum.copies.messages}, {"bytes", sum.copies.bytes}};
  auto& shards = out["shards"] = json::array();
  for (const auto& each : looks)
    shards.push_back(look_json(each));
  auto& aside = out["set_aside"] = json::array();
  for (const auto& each : parts.house.set_aside())
    aside.push_back({{"shard", each.number}, {"reason", each.why}});
  out["surveyed"] = {{"messages", found.survey.messages()},
                     {"deferred", found.survey.deferred()},
                     {"cut", found.cut}};
  auto& domains = out["domains"] = json::array();
  for (const auto& each : found.survey.busiest(shown_domains_max))
    domains.push_back({{"domain", each.domain},
                       {"messages", each.messages},
                       {"bytes", each.bytes},
                       {"deferred", each.deferred},
                       {"oldest_seconds", seconds_between(each.oldest, now)}});
  auto& ages = out["ages"] = json::array();
  for (const auto& each : found.survey.ages())
    ages.push_back({{"up_to_seconds", each.up_to.count() == 0 ? json() : json(each.up_to.count())},
                    {"messages", each.messages}});
  return answer(out);
}

result<std::size_t> limit_of(const io::http_request& request) {
  const auto given = request.query.find("limit");
  if (given == request.query.end())
    return list_limit_default;
  std::size_t limit = 0;
  const auto& text = given->second;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || limit == 0
      || limit > list_limit_max)
    return error{errc::malformed, "limit is 1 to " + std::to_string(list_limit_max)};
  return limit;
}

io::http_response on_list(admin_parts& parts, const io::http_request& request) {
  const auto filter = parse_filter(request.query);
  if (!filter)
    return refuse(filter.error());
  const auto limit = limit_of(request);
  if (!limit)
    return refuse(limit.error());
  message_id after;
  if (const auto given = request.query.find("after"); given != request.query.end()) {
    const auto id = parse_message_id(given->second);
    if (!id)
      return refuse(id.error());
    after = *id;
  }
  const auto now = wall_now();
  const auto list = parts.browser.find(*filter, after, *limit, now, steady_now() + look_time_max);
  json out{{"messages", json::array()}, {"complete", list.complete}};
  for (const auto& each : list.messages)
    out["messages"].push_back(list_json(each, parts.house.shards()[each.shard].number, now));
  if (!list.complete)
    out["next"] = to_string(list.next);
  if (!list.unreadable.empty())
    out["unreadable"] = list.unreadable;
  return answer(out);
}

/// The message that the path names.
result<located_mail> message_of(admin_parts& parts, const io::http_request& request) {
  const auto id = parse_message_id(request.part.at("id"));
  if (!id)
    return id.error();
  auto found = parts.browser.load(*id);
  if (!found && found.error().code == errc::not_found)
    return error{errc::not_found, to_string(*id)
                                    + " is not in the queue; what became of it stands in the log: "
                                      "grep '\"msg\":\""
                                    + to_string(*id) + "\"'"};
  return found;
}

io::http_response on_show(admin_parts& parts, const io::http_request& request) {
  const auto found = message_of(parts, request);
  if (!found)
    return refuse(found.error());
  auto out = message_json(found->mail, parts.house.shards()[found->shard].number, wall_now(), found->kind);
  const auto wants_body = request.query.find("body");
  if (wants_body != request.query.end() && wants_body->second == "1") {
    auto head = parts.browser.read_body_head(*found);
    if (!head)
      return refuse(head.error());
    out["body_cut"] = head->size() < found->mail.body_bytes;
    out["body"] = *std::move(head);
  }
  return answer(out);
}

io::http_response on_why(admin_parts& parts, const io::http_request& request) {
  const auto found = message_of(parts, request);
  return found ? answer(explain(parts.house, *found, steady_now() + ask_deadline))
               : refuse(found.error());
}

} // namespace

void serve_queue(io::http_server& server, admin_parts& parts) {
  server.route("GET", "/v1/queue", [&parts](const auto&) { return on_counts(parts); });
  server.route("GET", "/v1/queue/messages", [&parts](const auto& x) { return on_list(parts, x); });
  server.route("GET", "/v1/queue/messages/{id}",
               [&parts](const auto& x) { return on_show(parts, x); });
  server.route("GET", "/v1/queue/messages/{id}/why",
               [&parts](const auto& x) { return on_why(parts, x); });
}

} // namespace troupe::app
