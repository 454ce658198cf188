// A clock that stands still until it is turned, for tests of those who wait: an event
// loop that goes by it rings its timers then, and no test sleeps.

#pragma once

#include "net/core/time.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace troupe::io {

/// Used on the thread of its loop only.
class hand_clock {
public:
  explicit hand_clock(steady_time now) : now_(now) {}

  [[nodiscard]] steady_time now() const noexcept { return now_; }

  /// Replaces what `who` waits for.
  void set(const void* who, steady_time at, std::function<void()> ring) {
    cancel(who);
    alarms_.push_back({who, at, std::move(ring)});
  }

  void cancel(const void* who) {
    std::erase_if(alarms_, [who](const alarm& each) { return each.who == who; });
  }

  /// Rings all that is due by then, the earliest first.
  void turn(steady_time::duration by) {
    const auto until = now_ + by;
    while (!alarms_.empty()) {
      const auto first = std::min_element(
        alarms_.begin(), alarms_.end(),
        [](const alarm& one, const alarm& other) { return one.at < other.at; });
      if (first->at > until)
        break;
      now_ = std::max(now_, first->at);
      const auto ring = std::move(first->ring);
      alarms_.erase(first);
      ring();
    }
    now_ = until;
  }

private:
  struct alarm {
    const void* who;
    steady_time at;
    std::function<void()> ring;
  };

  steady_time now_;
  std::vector<alarm> alarms_;
};

} // namespace troupe::io
