#include "app/admin/actor_acts.hpp"

#include "actors/directory.hpp"
#include "actors/event_log.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace troupe::app {

namespace {

constexpr milliseconds look_interval{2};

// Who leaves with its connection, its job or its question.
constexpr std::array<std::string_view, 4> passing_kinds{"session", "delivery", "postman", "asker"};

const char* name_of(actors::actor_end how) {
  switch (how) {
    case actors::actor_end::kill: return "kill";
    case actors::actor_end::blame: return "blame";
    case actors::actor_end::restart: return "restart";
  }
  return "kill";
}

/// Waits until it has ended; false at the end of `end_wait`.
bool is_gone(const actors::actor_card& card) {
  const auto until = steady_now() + end_wait;
  while (!has_ended(card) && steady_now() < until)
    std::this_thread::sleep_for(look_interval);
  return has_ended(card);
}

} // namespace

bool comes_again(std::string_view kind) noexcept {
  return std::find(passing_kinds.begin(), passing_kinds.end(), kind) == passing_kinds.end();
}

result<json> end_by_path(node& house, const std::string& path, actors::actor_end how) {
  if (path.find_first_not_of('/') == path.npos)
    return error{errc::malformed, "the root ends with the process only: troupectl shutdown"};
  const auto card = house.home().actors.find(path);
  const error nobody{errc::not_found, "no actor has the path " + path + "; troupectl ps lists them"};
  if (!card)
    return nobody;
  if (how == actors::actor_end::restart && !comes_again(card->kind))
    return error{errc::refused, "nobody starts a " + std::string(card->kind)
                                  + " again; kill ends it, and no message is lost"};
  if (!end_actor(*card, how))
    return nobody;
  house.home().log.warn("actor_ended_by_operator",
                        {{"actor", path}, {"kind", card->kind}, {"act", name_of(how)}});
  return json{{"path", path}, {"kind", card->kind}, {"act", name_of(how)}, {"ended", is_gone(*card)}};
}

} // namespace troupe::app
