// What each verb of troupectl does with the daemon's answers.

#pragma once

#include "app/troupectl/call.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace troupe::app {

/// Ids that go into one request.
inline constexpr std::size_t ids_per_call = 1000;

/// How answers leave: one JSON document, or words for people.
enum class output { words, document };

struct queue_filter {
  std::string state, to, from, older;

  [[nodiscard]] bool is_empty() const noexcept {
    return state.empty() && to.empty() && from.empty() && older.empty();
  }
};

struct act_words {
  std::string act; ///< "hold", "release", "retry", "remove", "bounce".
  std::vector<std::string> ids;
  queue_filter filter;
  bool all = false;
  std::string reason;
};

struct actor_words {
  std::string path;
  std::string sort; ///< Empty: as a tree.
  std::size_t limit = 0;
  bool blame = false;
};

/// Each throws failure; what it returns is the exit code.
class verbs {
public:
  verbs(caller daemon, output how, std::ostream& to)
    : daemon_(std::move(daemon)),
      how_(how),
      to_(to) {}

  int status();
  int counts();
  int list(const queue_filter& filter, std::size_t limit);
  int show(const std::string& id, bool with_body);
  int why(const std::string& id);
  int act(const act_words& words);
  int ps(const actor_words& words);
  int inspect(const std::string& path);
  int kill(const actor_words& words);
  int restart(const std::string& path);
  int pools();
  int breakers();
  int set_breaker(const std::string& act, const std::string& name);
  int routes();
  int suspend(const std::string& name, const std::string& for_so_long);
  int resume(const std::string& name);
  /// Which way mail to an address takes.
  int way(const std::string& address);
  /// A live screen, or one picture of it.
  int top(bool once);
  int log_level(const std::string& level);
  int reload();
  int shutdown();

private:
  using printer = void (*)(std::ostream&, const json&);

  int end(const std::string& path, const char* act, const json& body);
  int print(const json& document, printer words);
  /// What the daemon answers there. A document goes through as it is: of ten thousand
  /// actors, to read and write it anew costs more than all the rest.
  int look(const std::string& target, printer words);
  json act_on_ids(const act_words& words);
  json act_on_filter(const act_words& words);

  caller daemon_;
  output how_;
  std::ostream& to_;
};

} // namespace troupe::app
