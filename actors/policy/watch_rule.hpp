// The watchdog's rule: who has work and does not move is stuck, and who stays stuck is
// given up. The owner looks at every actor now and then, in rounds, and brings what it
// saw; the rule remembers only those that have work.

#pragma once

#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace troupe::policy {

struct watch_options {
  std::size_t actors_max = 200'000; ///< With work at once; more are not watched, and counted.
};

/// What was seen of one actor.
struct watch_sample {
  std::uint64_t actor;        ///< Names it for as long as it lives.
  bool has_work;              ///< Something waits for it, or it has something in hand.
  std::uint64_t progress;     ///< Differs whenever it got on: messages handled, bytes, steps.
  milliseconds deadline;      ///< How long it may have work and not get on; above 0.
};

enum class watch_verdict : std::uint8_t {
  fine,    ///< Or already told.
  stuck,   ///< No progress for a deadline: report it. Said once for each time it gets stuck.
  abandon, ///< None for a second one: end it. Said once, too.
};

/// Time that goes backwards counts as time that stands still.
class watch_rule {
public:
  explicit watch_rule(const watch_options& options = {});

  [[nodiscard]] watch_verdict see(const watch_sample& x, steady_time now);

  /// Everyone was looked at: who was not seen since the last call is gone and forgotten.
  void end_round();

  /// Actors with work.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Of these, the ones that don't get on.
  [[nodiscard]] std::size_t stuck() const noexcept { return stuck_; }
  /// Samples that found no room, since the start.
  [[nodiscard]] std::uint64_t unwatched() const noexcept { return unwatched_; }

private:
  struct entry {
    std::uint64_t progress;
    steady_time since; ///< Of the last progress, or of work without any.
    std::uint64_t round;
    watch_verdict told = watch_verdict::fine;
  };
  using table = std::unordered_map<std::uint64_t, entry>;

  void forget(table::iterator which);

  watch_options options_;
  table entries_;
  std::uint64_t round_ = 0;
  std::uint64_t unwatched_ = 0;
  std::size_t stuck_ = 0;
  steady_time latest_ = steady_time::min();
};

} // namespace troupe::policy
