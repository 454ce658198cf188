// troupectl: the operator's command. Each verb is a call to the daemon's admin socket.

#include "app/exit_code.hpp"
#include "app/troupectl/passwd.hpp"
#include "app/troupectl/verbs.hpp"
#include "app/words/terminal_text.hpp"
#include "net/sasl/scram_verifier.hpp"

#include <CLI/CLI.hpp>

#include <sys/resource.h>

#include <functional>
#include <iostream>

namespace {

using namespace troupe::app;

constexpr std::size_t list_limit_default = 100;
constexpr std::size_t actors_limit_max = 100'000;

// What the words on the command line fill in.
struct command_line {
  daemon_address daemon;
  bool wants_json = false;
  std::string id;
  std::string level;
  std::string name;
  std::string for_so_long;
  bool with_body = false;
  bool once = false;
  std::size_t limit = list_limit_default;
  queue_filter filter;
  act_words act;
  actor_words actor;
  passwd_words passwd;
  std::function<int(verbs&)> verb;
  std::function<int()> verb_alone; ///< Instead: one that asks no daemon.
};

void add_filter(CLI::App& to, queue_filter& filter) {
  to.add_option("--state", filter.state,
                "Only these: queued, deferred (queued and tried before), held, or copy (kept for another node)")
    ->check(CLI::IsMember({"queued", "deferred", "held", "copy"}));
  to.add_option("--to", filter.to, "Only messages with a recipient like this: \"*@example.org\"");
  to.add_option("--from", filter.from,
                "Only messages of a sender like this; bounces come from \"<>\"");
  to.add_option("--older", filter.older, "Only messages that are here for this long: 1h, 2d");
}

void add_acts(CLI::App& queue, command_line& line) {
  struct act {
    const char* name;
    const char* what;
    bool has_reason;
  };
  for (const auto& each : {act{"hold", "Keep messages until they are released", true},
                           act{"release", "Let held messages go on", false},
                           act{"retry", "Try queued messages now", false},
                           act{"remove", "Throw messages away; nobody is told", true},
                           act{"bounce", "Return messages to their senders now", true}}) {
    auto* verb = queue.add_subcommand(each.name, each.what);
    verb->add_option("id", line.act.ids, "Messages");
    add_filter(*verb, line.act.filter);
    verb->add_flag("--all", line.act.all, "All that is in the queue");
    if (each.has_reason)
      verb->add_option("--reason", line.act.reason, "Stands in the log and in the bounce");
    verb->callback([&line, name = each.name] {
      line.act.act = name;
      line.verb = [&line](verbs& of) { return of.act(line.act); };
    });
  }
}

void add_queue(CLI::App& app, command_line& line) {
  auto* queue = app.add_subcommand("queue", "The queue: counts, and what is in it");
  queue->require_subcommand(0, 1);
  // A parent's callback runs before that of its subcommand, which then overrules it.
  queue->preparse_callback(
    [&line](std::size_t) { line.verb = [](verbs& of) { return of.counts(); }; });
  auto* list = queue->add_subcommand("list", "Messages, the oldest first");
  add_filter(*list, line.filter);
  list->add_option("--limit", line.limit, "At most so many")
    ->check(CLI::Range(1, 1'000'000))
    ->capture_default_str();
  list->callback(
    [&line] { line.verb = [&line](verbs& of) { return of.list(line.filter, line.limit); }; });
  auto* show = queue->add_subcommand("show", "One message: envelope, recipients, history");
  show->add_option("id", line.id, "The message")->required();
  show->add_flag("--body", line.with_body, "Also its text");
  show->callback(
    [&line] { line.verb = [&line](verbs& of) { return of.show(line.id, line.with_body); }; });
  add_acts(*queue, line);
}

void add_actors(CLI::App& app, command_line& line) {
  auto* ps = app.add_subcommand("ps", "Every live actor, as a tree");
  ps->add_option("path", line.actor.path, "Only this one and all below it: /queue/shard");
  ps->add_option("--sort", line.actor.sort, "A list instead: the fullest mailboxes first, the oldest, "
                                            "or those restarted most often")
    ->check(CLI::IsMember({"mailbox", "age", "restarts"}));
  line.actor.limit = actors_limit_max;
  ps->add_option("--limit", line.actor.limit, "At most so many")
    ->check(CLI::Range(std::size_t{1}, actors_limit_max));
  ps->callback([&line] { line.verb = [&line](verbs& of) { return of.ps(line.actor); }; });

  auto* inspect = app.add_subcommand("inspect", "One actor in full: counters, histograms, last events");
  inspect->add_option("path", line.actor.path, "As ps shows it")->required();
  inspect->callback([&line] { line.verb = [&line](verbs& of) { return of.inspect(line.actor.path); }; });

  auto* kill = app.add_subcommand("kill", "Ends one actor as a crash would; no message is lost");
  kill->add_option("path", line.actor.path, "As ps shows it")->required();
  kill->add_flag("--blame", line.actor.blame,
                 "As if the message that it has in hand were at fault: after two such crashes the "
                 "message is held");
  kill->callback([&line] { line.verb = [&line](verbs& of) { return of.kill(line.actor); }; });

  auto* restart = app.add_subcommand("restart", "Ends one actor, and its supervisor starts it again");
  restart->add_option("path", line.actor.path, "As ps shows it")->required();
  restart->callback([&line] { line.verb = [&line](verbs& of) { return of.restart(line.actor.path); }; });
}

void add_routes(CLI::App& app, command_line& line) {
  auto* breakers = app.add_subcommand("breakers", "Who keeps requests away from what is ill");
  breakers->require_subcommand(0, 1);
  // A parent's callback runs before that of its subcommand, which then overrules it.
  breakers->preparse_callback(
    [&line](std::size_t) { line.verb = [](verbs& of) { return of.breakers(); }; });
  for (const auto& [act, what] : {std::pair{"open", "Keeps requests away until it is reset"},
                                  std::pair{"close", "Lets them through until it is reset"},
                                  std::pair{"reset", "Lets it judge for itself again"}}) {
    auto* verb = breakers->add_subcommand(act, what);
    verb->add_option("name", line.name, "As breakers shows it")->required();
    verb->callback([&line, act = act] {
      line.verb = [&line, act](verbs& of) { return of.set_breaker(act, line.name); };
    });
  }

  auto* routes = app.add_subcommand("routes", "The next hops that mail is on its way to");
  routes->require_subcommand(0, 1);
  routes->preparse_callback(
    [&line](std::size_t) { line.verb = [](verbs& of) { return of.routes(); }; });
  auto* suspend = routes->add_subcommand("suspend", "Tries nothing to a next hop for a while, unless the node is started again before");
  suspend->add_option("name", line.name, "As routes shows it: smtp:relay.test:25")->required();
  suspend->add_option("--for", line.for_so_long, "How long: 30m, 2h; an hour if nothing is said");
  suspend->callback([&line] {
    line.verb = [&line](verbs& of) { return of.suspend(line.name, line.for_so_long); };
  });
  auto* resume = routes->add_subcommand("resume", "Lets it go on");
  resume->add_option("name", line.name, "As routes shows it")->required();
  resume->callback([&line] { line.verb = [&line](verbs& of) { return of.resume(line.name); }; });

  auto* route = app.add_subcommand("route", "Which rule matches an address, which next hop follows, from which DNS answer");
  route->add_option("address", line.name, "bob@example.org")->required();
  route->callback([&line] { line.verb = [&line](verbs& of) { return of.way(line.name); }; });
}

void add_passwd(CLI::App& app, command_line& line) {
  auto* passwd = app.add_subcommand("passwd", "Makes a line for the users file; reads the password from the terminal or standard input");
  passwd->add_option("name", line.passwd.name, "Who logs in with it; without a name only the secret is printed");
  passwd->add_flag("--scram", line.passwd.scram, "A verifier for SCRAM-SHA-256 (which also checks PLAIN and LOGIN) instead of a crypt(3) hash");
  line.passwd.iterations = troupe::sasl::scram_iterations_usual;
  passwd->add_option("--iterations", line.passwd.iterations, "Of the verifier: more make guessing, and logging in, slower")
    ->check(CLI::Range(troupe::sasl::scram_iterations_min, troupe::sasl::scram_iterations_max))
    ->capture_default_str();
  passwd->callback([&line] {
    line.verb_alone = [&line] { return make_secret(line.passwd, line.wants_json, std::cout); };
  });
}

void add_verbs(CLI::App& app, command_line& line) {
  const auto simple = [&](const char* name, const char* what, int (verbs::*run)()) {
    app.add_subcommand(name, what)->callback([&line, run] {
      line.verb = [run](verbs& of) { return (of.*run)(); };
    });
  };
  simple("status", "The node: health, sessions, queue, rates", &verbs::status);
  add_actors(app, line);
  add_queue(app, line);
  auto* why = app.add_subcommand("why", "What a message is waiting for");
  why->add_option("id", line.id, "The message")->required();
  why->callback([&line] { line.verb = [&line](verbs& of) { return of.why(line.id); }; });
  auto* top = app.add_subcommand("top", "A live screen: rates, breakers, pools, destinations, mailboxes");
  top->add_flag("--once", line.once, "Print one picture of it and leave");
  top->callback([&line] { line.verb = [&line](verbs& of) { return of.top(line.once); }; });
  simple("pools", "The pools of workers", &verbs::pools);
  add_routes(app, line);
  auto* level = app.add_subcommand("log-level", "Sets how much is logged, until the next reload");
  level->add_option("level", line.level, "trace, debug, info, warn or error")
    ->required()
    ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
  level->callback([&line] { line.verb = [&line](verbs& of) { return of.log_level(line.level); }; });
  add_passwd(app, line);
  simple("reload", "Takes on the changed configuration", &verbs::reload);
  simple("shutdown", "Drains the node and ends it", &verbs::shutdown);
}

// Options of the program may stand anywhere, also behind the verb.
void allow_options_anywhere(CLI::App& of) {
  for (auto* each : of.get_subcommands([](CLI::App*) { return true; })) {
    each->fallthrough();
    allow_options_anywhere(*each);
  }
}

/// An onlooker stands back where mail wants the cores.
constexpr int niceness = 10;

int run(command_line& line) {
  try {
    if (line.verb_alone)
      return line.verb_alone();
    setpriority(PRIO_PROCESS, 0, niceness);
    verbs all(caller(find_socket(line.daemon)), line.wants_json ? output::document : output::words,
              std::cout);
    return line.verb(all);
  } catch (const failure& why) {
    std::cout.flush();
    std::cerr << "troupectl: " << terminal_lines(why.what) << '\n';
    return why.code;
  } catch (const json::exception& why) {
    std::cerr << "troupectl: the daemon's answer has another shape than this troupectl knows: "
              << terminal_lines(why.what()) << '\n';
    return exit_internal;
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"The operator's command for a Troupe node", "troupectl"};
  command_line line;
  app.set_version_flag("--version", "troupectl " TROUPE_VERSION);
  app.add_flag("--json", line.wants_json, "Print one JSON document");
  app.add_option("--socket", line.daemon.socket,
                 "The daemon's admin socket; else $TROUPE_SOCKET, else that of the configuration");
  app.add_option("--config", line.daemon.config, "The configuration file that names the socket");
  app.require_subcommand(1);
  add_verbs(app, line);
  allow_options_anywhere(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    return app.exit(why) == 0 ? exit_ok : exit_usage;
  }
  const int code = run(line);
  std::cout.flush();
  return std::cout ? code : exit_internal;
}
