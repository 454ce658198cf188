#include "app/troupectl/verbs.hpp"

#include "app/exit_code.hpp"
#include "app/troupectl/fields.hpp"
#include "app/troupectl/print.hpp"
#include "app/troupectl/top.hpp"
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

/// Of an actor: its slashes stay, all else is encoded.
std::string actor_target(const std::string& path) {
  std::string target = path.starts_with('/') ? "/v1/actors" : "/v1/actors/";
  for (std::size_t at = 0;; ++at) {
    const auto end = std::min(path.find('/', at), path.size());
    target += percent_encoded(path.substr(at, end - at));
    if (end == path.size())
      return target;
    target += '/';
    at = end;
  }
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

int verbs::look(const std::string& target, printer words) {
  if (how_ == output::words)
    return print(daemon_.get(target), words);
  to_ << daemon_.get_text(target);
  return exit_ok;
}

int verbs::status() {
  return look("/v1/status", print_status);
}

int verbs::counts() {
  return look("/v1/queue", print_counts);
}

int verbs::pools() {
  return look("/v1/pools", print_pools);
}

int verbs::breakers() {
  return look("/v1/breakers", print_breakers);
}

int verbs::set_breaker(const std::string& act, const std::string& name) {
  return print(daemon_.post("/v1/breakers/" + act, {{"name", name}}), [](std::ostream& to, const json& said) {
    const auto what = text_of(said, "act");
    to << "breaker " << terminal_line(text_of(said, "name"))
       << (what == "reset" ? " is let go: it judges for itself again\n"
           : what == "open" ? " is open until it is reset\n"
                           : " is closed until it is reset\n");
  });
}

int verbs::suspend(const std::string& name, const std::string& for_so_long) {
  json body{{"name", name}};
  if (!for_so_long.empty())
    body["for"] = for_so_long;
  return print(daemon_.post("/v1/routes/suspend", body), [](std::ostream& to, const json& said) {
    to << terminal_line(text_of(said, "name")) << " is suspended for " << span_of(said, "suspended_seconds")
       << (said.value("stands", false) ? "\n" : "; no route of this name stands at the moment\n");
  });
}

int verbs::resume(const std::string& name) {
  return print(daemon_.post("/v1/routes/resume", {{"name", name}}), [](std::ostream& to, const json& said) {
    to << terminal_line(text_of(said, "name")) << " goes on"
       << (said.value("stands", false) ? "\n" : "; no route of this name stands at the moment\n");
  });
}

int verbs::way(const std::string& address) {
  return look("/v1/route" + query_text({{"address", address}}), print_way);
}

int verbs::top(bool once) {
  if (!once && how_ == output::words) {
    run_top(daemon_);
    return exit_ok;
  }
  const auto data = look_around(daemon_);
  if (data.status.empty())
    throw failure{exit_unavailable, data.trouble};
  if (how_ == output::document)
    return print({{"status", data.status},
                  {"actors", data.actors},
                  {"routes", data.routes},
                  {"pools", data.pools},
                  {"breakers", data.breakers}},
                 nullptr);
  for (const auto& each : top_frame(data, {120, 60}))
    to_ << each << '\n';
  return exit_ok;
}

int verbs::routes() {
  return look("/v1/routes", print_routes);
}

int verbs::ps(const actor_words& words) {
  return look("/v1/actors" + query_text({{"path", words.path},
                                         {"sort", words.sort},
                                         {"limit", std::to_string(words.limit)}}),
              words.sort.empty() ? print_actor_tree : print_actor_list);
}

int verbs::inspect(const std::string& path) {
  return look(actor_target(path), print_actor);
}

int verbs::end(const std::string& path, const char* act, const json& body) {
  if (path.find_first_not_of('/') == path.npos)
    throw failure{exit_usage, "the root ends with the process only: troupectl shutdown"};
  return print(daemon_.post(actor_target(path) + '/' + act, body), [](std::ostream& to, const json& said) {
    to << terminal_line(text_of(said, "path"))
       << (said.value("ended", false) ? " has ended\n" : " ends when what it is doing returns\n");
  });
}

int verbs::kill(const actor_words& words) {
  return end(words.path, "kill", words.blame ? json{{"blame", true}} : json::object());
}

int verbs::restart(const std::string& path) {
  return end(path, "restart", json::object());
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
  return look(message_target(id) + (with_body ? "?body=1" : ""), print_message);
}

int verbs::why(const std::string& id) {
  return look(message_target(id) + "/why", print_why);
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
