// A link of the chain by which a full house slows its clients down: what was waited at
// it is counted, and told to the operator now and then.

#pragma once

#include "net/core/time.hpp"

#include <atomic>
#include <string_view>

namespace troupe::actors {

class event_log;
class node_metrics;
class seconds_counter;

/// Between two lines of one link in the log.
inline constexpr seconds backpressure_told_every{10};

/// Any thread may call anything.
class backpressure_link {
public:
  /// `name` is the label of backpressure_seconds_total; a literal. A wait shorter than
  /// `told_from` is counted and not told.
  backpressure_link(event_log& log, node_metrics& metrics, std::string_view name,
                    milliseconds told_from);

  /// `who` waited that long, until `now`. Nothing if `wait` is not above zero.
  void waited(steady_time::duration wait, steady_time now, std::string_view who);

private:
  event_log& log_;
  seconds_counter& total_;
  const std::string_view name_;
  const milliseconds told_from_;
  std::atomic<steady_time::rep> told_at_{0}; ///< 0: never.
};

/// A link whose owner looks now and then whether it holds its source back. Its owner's
/// thread only.
class watched_link {
public:
  /// As backpressure_link; what is held back without a pause is told once a second.
  watched_link(event_log& log, node_metrics& metrics, std::string_view name)
    : link_(log, metrics, name, seconds{1}) {}

  /// `who` holds back now, or does not.
  void look(bool holds_back, steady_time now, std::string_view who);

private:
  backpressure_link link_;
  steady_time since_{}; ///< Held back since then, as far as not yet counted; the epoch: it is not.
};

} // namespace troupe::actors
