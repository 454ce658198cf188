// The last minutes of the node, as an operator's plot shows them: how much mail came
// and went each moment, and how long the queue was. In memory only.

#pragma once

#include "net/core/time.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace troupe::app {

/// How far it goes back, in steps of which length, and how many these are.
inline constexpr seconds history_span{600};
inline constexpr seconds history_interval{2};
inline constexpr std::size_t history_samples_max = history_span / history_interval;

/// Counters as they stand; they only grow.
struct mail_counts {
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  std::uint64_t deferred = 0;
  std::uint64_t bounced = 0;
};

/// One step: what happened a second between the sample before and this one.
struct rate_sample {
  wall_time at{};
  double received = 0;
  double delivered = 0;
  double deferred = 0;
  double bounced = 0;
  std::optional<std::uint64_t> queue; ///< Messages at that moment; nothing: the stores did not say.
};

/// One thread samples, any may read.
class rate_history {
public:
  /// Is it time for the next sample?
  [[nodiscard]] bool is_due(steady_time now) const;

  /// The first one is what the next is measured by, and shows nothing yet.
  void sample(steady_time now, wall_time at, const mail_counts& so_far,
              std::optional<std::uint64_t> queue);

  /// Samples later than `than`, oldest first.
  [[nodiscard]] std::vector<rate_sample> later(wall_time than) const;

private:
  mutable std::mutex guard_;
  std::optional<steady_time> looked_;
  mail_counts before_;
  std::deque<rate_sample> samples_;
};

} // namespace troupe::app
