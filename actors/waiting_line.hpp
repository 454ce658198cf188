// What waits in memory for one next hop until a lease is free: in turns (priority, then
// sender), but for two kinds. What came back untried goes first. And a letter that was in
// hand at a crash goes alone: if it is the one that kills, it takes no innocent with it.

#pragma once

#include "actors/policy/turns.hpp"
#include "net/core/message_id.hpp"
#include "net/core/queued_message.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace troupe::actors {

/// Who shares a turn: all mail of one reverse path, and mail without one by the client it
/// came from. A hash of it: two that meet in one only share their turns.
using turn_owner = std::size_t;
[[nodiscard]] turn_owner owner_of(const queued_message& mail);

/// A message's place in the turns.
struct turn_of {
  priority_class rank = priority_class::normal;
  turn_owner owner = 0;
};
[[nodiscard]] turn_of turn_of_message(const queued_message& mail);

struct waiting_lease {
  message_id id;
  std::vector<std::size_t> recipients;
  bool suspect = false; ///< One of its recipients was in hand at a crash.
  wall_time look_again = wall_time::max(); ///< As in lease.
};

/// Unbounded itself: the SHARD lets in only what it has in memory.
class waiting_line {
public:
  void push(const turn_of& turn, waiting_lease&& what);
  /// It was on its way and came back untried: before all others.
  void push_again(waiting_lease&& what) { again_.push_front(std::move(what)); }

  /// Who goes next, or nothing.
  [[nodiscard]] std::optional<waiting_lease> next();
  /// The suspect that `next` gave is through, whatever came of it.
  void suspect_ended(message_id id);

  /// Takes this one out; its turn is as it was pushed. False: it is not here.
  bool remove(const turn_of& turn, message_id id);

  /// All of it, in no order; the line is empty then.
  [[nodiscard]] std::vector<waiting_lease> take_all();

  /// Those that someone has to look at by now, see lease::look_again. Not who waits to go
  /// alone: that is soon.
  [[nodiscard]] std::vector<waiting_lease> take_overdue(wall_time now);

  /// What its turns would bring last, so that at most `kept` stay of those that `may_leave`;
  /// first what would have come first.
  [[nodiscard]] std::vector<waiting_lease>
  take_beyond(std::size_t kept, const std::function<turn_of(const waiting_lease&)>& turn,
              const std::function<bool(const waiting_lease&)>& may_leave);

  [[nodiscard]] bool holds(message_id id) const;
  [[nodiscard]] bool has(const turn_of& turn) const { return turns_.has(turn.rank, turn.owner); }
  [[nodiscard]] std::size_t size() const noexcept {
    return again_.size() + turns_.size() + suspects_.size();
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
  std::optional<waiting_lease> next_of_all();

  std::deque<waiting_lease> again_;
  policy::turns<turn_owner, waiting_lease> turns_{static_cast<std::size_t>(-1)};
  std::deque<waiting_lease> suspects_;
  std::optional<message_id> suspect_out_;
};

} // namespace troupe::actors
