// What one actor shows of itself.

#pragma once

#include "net/core/time.hpp"

#include <caf/actor_control_block.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::actors {

/// Something worth telling that happened to an actor.
struct actor_event {
  wall_time when{};
  std::string what; ///< One line.
};

/// Events that a card keeps; the oldest go first.
inline constexpr std::size_t card_events_max = 20;

/// Written by the actor (and by whoever sends to it), read by anybody.
class actor_card {
public:
  std::string_view kind;         ///< "session", "shard", …; a literal.
  std::string path;              ///< "/queue/shard/0".
  std::uint64_t id = 0;          ///< Never used again; from the directory.
  caf::weak_actor_ptr who;
  steady_time born = steady_now();
  std::size_t mailbox_limit = 0;
  std::atomic<std::size_t> mailbox_depth{0};
  /// Work it has taken on and not finished, of which its mailbox shows nothing.
  std::atomic<std::size_t> in_hand{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> steps{0};  ///< Socket events and the like, besides messages.
  std::atomic<std::uint64_t> refused{0};
  std::atomic<steady_time::duration> busy_since{steady_time::duration{0}}; ///< 0: in no handler.

  /// `name` is a literal.
  void enter_state(const char* name, steady_time now) noexcept {
    state_.store(name, std::memory_order_relaxed);
    state_since_.store(now.time_since_epoch(), std::memory_order_relaxed);
  }
  [[nodiscard]] std::string_view state() const noexcept { return state_.load(std::memory_order_relaxed); }
  [[nodiscard]] steady_time state_since() const noexcept {
    return steady_time{state_since_.load(std::memory_order_relaxed)};
  }

  void note(wall_time when, std::string what);
  [[nodiscard]] std::vector<actor_event> events() const;

private:
  std::atomic<const char*> state_{"starting"};
  std::atomic<steady_time::duration> state_since_{steady_now().time_since_epoch()};
  mutable std::mutex guard_;
  std::unique_ptr<std::deque<actor_event>> events_; ///< Null in most: thousands of sessions have none.
};

} // namespace troupe::actors
