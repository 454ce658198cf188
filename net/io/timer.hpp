// A deadline on an event loop. One timer has one deadline; a new one replaces it.

#pragma once

#include "net/core/time.hpp"
#include "net/io/event_loop.hpp"

#include <asio/steady_timer.hpp>

#include <utility>

namespace troupe::io {

class timer {
public:
  explicit timer(event_loop& loop) : loop_(loop), timer_(loop.context()) {}
  ~timer() { forget(); }
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  /// Calls `when_due()` at or after `at`, unless the deadline is replaced first.
  template <class F>
  void expire_at(steady_time at, F when_due) {
    if (auto* clock = loop_.by_hand()) {
      clock->set(this, at, std::move(when_due));
      return;
    }
    timer_.expires_at(at);
    timer_.async_wait([when_due = std::move(when_due)](std::error_code why) mutable {
      if (!why)
        when_due();
    });
  }

  void cancel() {
    forget();
    timer_.cancel();
  }

private:
  void forget() {
    if (auto* clock = loop_.by_hand())
      clock->cancel(this);
  }

  event_loop& loop_;
  asio::steady_timer timer_;
};

} // namespace troupe::io
