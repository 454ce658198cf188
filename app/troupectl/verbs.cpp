#include "app/troupectl/verbs.hpp"

#include "app/exit_code.hpp"
#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/words/terminal_text.hpp"

#include <algorithm>
#include <ostream>

namespace troupe::app {

namespace {

/// Messages of one call for a list; the daemon takes no more.
constexpr std::size_t list_page = 1000;

std::map<std::string, std::string> words_of(const queue_filter& filter) {
  return {
    {"state", filter.state}, {"to", filter.to}, {"from", filter.from}, {"older", filter.older}};
}

std::string message_target(const std::string& id) {
  return "/v1/queue/messages/" + percent_encoded(id);
}

const char* participle(const std::string& act) {
  if (act == "hold")
    return "held";
  if (act == "release")
    return "released";
  if (act == "retry")
    return "put to the front for a new attempt";
  return act == "remove" ? "removed" : "returned to their senders";
}

} // namespace

int verbs::print(const json& document, printer words) {
  if (how_ == output::document)
    to_ << document.dump(2, ' ', true, json::error_handler_t::replace) << '\n';
  else
    words(to_, document);
  return exit_ok;
}

int verbs::status() {
  return print(daemon_.get("/v1/status"), print_status);
}

int verbs::counts() {
  return print(daemon_.get("/v1/queue"), print_counts);
}

int verbs::routes() {
  return print(daemon_.get("/v1/routes"), print_routes);
}

int verbs::list(const queue_filter& filter, std::size_t limit) {
  json all{{"messages", json::array()}, {"complete", false}};
  auto& messages = all["messages"];
  auto words = words_of(filter);
  for (;;) {
    words["limit"] = std::to_string(std::min(limit - messages.size(), list_page));
    auto page = daemon_.get("/v1/queue/messages" + query_text(words));
    for (const auto& each : list_of(page, "messages"))
      messages.push_back(each);
    for (const auto& each : list_of(page, "unreadable"))
      all["unreadable"].push_back(each);
    all["complete"] = page.value("complete", true);
    if (all["complete"] || messages.size() >= limit)
      break;
    words["after"] = text_of(page, "next");
  }
  print(all, print_list);
  if (how_ == output::words && !all["complete"])
    to_ << "... and more behind these (--limit)\n";
  return exit_ok;
}

int verbs::show(const std::string& id, bool with_body) {
  return print(daemon_.get(message_target(id) + (with_body ? "?body=1" : "")), print_message);
}

int verbs::why(const std::string& id) {
  return print(daemon_.get(message_target(id) + "/why"), print_why);
}

// The daemon refuses a call of which it knows no id; of several calls some may do.
json verbs::act_on_ids(const act_words& words) {
  json sum{{"done", 0}, {"unknown", json::array()}};
  std::int64_t done = 0;
  for (std::size_t at = 0; at < words.ids.size(); at += ids_per_call) {
    const auto end = std::min(words.ids.size(), at + ids_per_call);
    json body{
      {"ids", std::vector<std::string>(words.ids.begin() + static_cast<std::ptrdiff_t>(at),
                                       words.ids.begin() + static_cast<std::ptrdiff_t>(end))}};
    if (!words.reason.empty())
      body["reason"] = words.reason;
    try {
      const auto said = daemon_.post("/v1/queue/" + words.act, body);
      done += number_of(said, "done");
      for (const auto& each : list_of(said, "unknown"))
        sum["unknown"].push_back(each);
    } catch (const failure& why) {
      if (why.code != exit_bad_data || words.ids.size() <= ids_per_call)
        throw;
      for (const auto& each : body["ids"])
        sum["unknown"].push_back(each);
    }
  }
  sum["done"] = done;
  return sum;
}

json verbs::act_on_filter(const act_words& words) {
  json body = json::object();
  for (const auto& [name, value] : words_of(words.filter))
    if (!value.empty())
      body[name] = value;
  if (words.all)
    body["all"] = true;
  if (!words.reason.empty())
    body["reason"] = words.reason;
  std::int64_t done = 0;
  for (;;) {
    const auto said = daemon_.post("/v1/queue/" + words.act, body);
    done += number_of(said, "done");
    if (said.value("complete", true))
      return {{"done", done}, {"unknown", json::array()}};
    body["after"] = text_of(said, "next");
  }
}

int verbs::act(const act_words& words) {
  if (words.ids.empty() && words.filter.is_empty() && !words.all)
    throw failure{exit_usage, "which messages? Give ids, --to, --from, --older, --state or --all"};
  if (!words.ids.empty() && (!words.filter.is_empty() || words.all))
    throw failure{exit_usage, "either ids or a filter"};
  const auto sum = words.ids.empty() ? act_on_filter(words) : act_on_ids(words);
  const auto done = number_of(sum, "done");
  if (how_ == output::document)
    print(sum, nullptr);
  else
    to_ << done << (done == 1 ? " message " : " messages ") << participle(words.act) << '\n';
  if (const auto unknown = list_of(sum, "unknown").size(); unknown > 0)
    throw failure{exit_bad_data, std::to_string(unknown)
                                   + " of the ids are not in the queue, the first is "
                                   + sum["unknown"][0].get<std::string>()};
  return exit_ok;
}

int verbs::log_level(const std::string& level) {
  return print(
    daemon_.post("/v1/log-level", {{"level", level}}), [](std::ostream& to, const json& said) {
      to << "log level " << terminal_line(text_of(said, "level")) << ", was "
         << terminal_line(text_of(said, "before")) << " (until the next reload or restart)\n";
    });
}

int verbs::reload() {
  return print(daemon_.post("/v1/reload", json::object()), [](std::ostream& to, const json& said) {
    to << "reloaded\n";
    for (const auto& each : list_of(said, "need_restart"))
      if (each.is_string())
        to << "needs a restart: " << terminal_line(each.get<std::string>()) << '\n';
  });
}

int verbs::shutdown() {
  return print(daemon_.post("/v1/shutdown", json::object()),
               [](std::ostream& to, const json&) { to << "the node drains, then ends\n"; });
}

} // namespace troupe::app
