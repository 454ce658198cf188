// Who is on stage: one card for each living actor, with counters that anybody may
// read without asking the actor. The one piece of memory that actors share besides
// immutable values; a busy or stuck actor could not answer for itself.

#pragma once

#include "actors/actor_card.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

/// What a card said at one moment.
struct actor_view {
  std::uint64_t id = 0; ///< As in actor_card.
  std::string_view kind;
  std::string path;
  std::string_view state;
  milliseconds age{0};
  milliseconds in_state{0};
  milliseconds busy_for{0};      ///< In one handler, which has not returned yet.
  std::size_t mailbox_depth = 0;
  std::size_t mailbox_limit = 0;
  std::size_t in_hand = 0;       ///< As in actor_card.
  std::uint64_t handled = 0;
  std::uint64_t steps = 0;       ///< Messages and socket events: grows while it gets on.
  std::uint64_t refused = 0;
  std::uint64_t restarts = 0;    ///< Of this path, since the node's start.
  std::string last_error;        ///< What its predecessor died of, or empty.
};

/// What became of an actor's predecessors.
struct death_record {
  std::uint64_t deaths = 0;
  std::string last_error;
  std::vector<actor_event> events; ///< Of the last of them, oldest first.
};

/// Any thread may call anything.
class directory {
public:
  using entry = std::list<std::shared_ptr<actor_card>>::iterator;

  /// Dead predecessors are remembered for so many paths; those that died first are forgotten.
  static constexpr std::size_t records_max = 1'000;

  entry enter(std::shared_ptr<actor_card> card);
  void leave(entry who);

  /// Its supervisor says that the actor of this path died; the next one of the path
  /// shows it.
  /// `events` are its last ones; it may have left already.
  void note_death(const std::string& path, std::string why, std::vector<actor_event> events);

  /// Every living actor, oldest first.
  [[nodiscard]] std::vector<actor_view> everyone() const;

  /// The youngest actor of that path; null if nobody is there.
  [[nodiscard]] std::shared_ptr<const actor_card> find(std::string_view path) const;

  [[nodiscard]] bool anybody_at(std::string_view path) const { return find(path) != nullptr; }

  /// What `everyone` would say of one card.
  [[nodiscard]] actor_view view_of(const actor_card& card) const;

  /// The last events of an actor and of its last predecessor, oldest first.
  [[nodiscard]] std::vector<actor_event> events_of(const actor_card& card) const;

  [[nodiscard]] std::size_t size() const;

private:
  [[nodiscard]] death_record record_of(const std::string& path) const;
  [[nodiscard]] std::vector<std::shared_ptr<const actor_card>> cards() const;

  mutable std::mutex guard_;
  std::list<std::shared_ptr<actor_card>> cards_;
  std::unordered_map<std::string, death_record> records_;
  std::uint64_t last_id_ = 0;
  std::list<std::string> order_; ///< Of the records, oldest first.
};

} // namespace troupe::actors
