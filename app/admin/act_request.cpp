#include "app/admin/json_answer.hpp"
#include "app/admin/queue_acts.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

error malformed(std::string why) {
  return {errc::malformed, std::move(why)};
}

result<message_id> id_of(const json& value) {
  if (!value.is_string())
    return malformed("an id is a string");
  auto id = parse_message_id(value.get<std::string>());
  if (!id)
    return malformed(value.get<std::string>() + ": " + id.error().detail);
  return id;
}

status take_ids(const json& from, std::vector<message_id>& to) {
  if (!from.is_array() || from.empty())
    return malformed("ids is a list of message ids");
  if (from.size() > acted_ids_max)
    return error{errc::limit_exceeded, "at most " + std::to_string(acted_ids_max) + " ids at once"};
  for (const auto& each : from) {
    const auto id = id_of(each);
    if (!id)
      return id.error();
    to.push_back(*id);
  }
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
  return {};
}

} // namespace

result<act_request> parse_act(const std::string& body) {
  const auto given = json::parse(body, nullptr, false);
  if (!given.is_object())
    return malformed("the body is a JSON object");
  act_request act;
  std::map<std::string, std::string> words;
  bool all = false;
  for (const auto& [key, value] : given.items()) {
    if (key == "ids") {
      if (const auto taken = take_ids(value, act.ids); !taken)
        return taken.error();
    } else if (key == "all") {
      if (!value.is_boolean())
        return malformed("all is true or false");
      all = value.get<bool>();
    } else if (key == "after") {
      const auto id = id_of(value);
      if (!id)
        return id.error();
      act.after = *id;
    } else if (key == "reason" || key == "to" || key == "from" || key == "older"
               || key == "state") {
      if (!value.is_string())
        return malformed(key + " is a string");
      (key == "reason" ? act.reason : words[key]) = value.get<std::string>();
    } else {
      return malformed("unknown key: " + key);
    }
  }
  auto filter = parse_filter(words);
  if (!filter)
    return filter.error();
  act.filter = *std::move(filter);
  const int ways = (act.ids.empty() ? 0 : 1) + (act.filter.is_empty() ? 0 : 1) + (all ? 1 : 0);
  if (ways == 0)
    return malformed("which messages? Give ids, a filter (to, from, older, state), or all");
  if (!act.ids.empty() && ways > 1)
    return malformed("either ids or a filter");
  return act;
}

} // namespace troupe::app
