// A deadline on an event loop. One timer has one deadline; a new one replaces it.

#pragma once

#include "net/core/time.hpp"
#include "net/io/event_loop.hpp"

#include <asio/steady_timer.hpp>

#include <utility>

namespace troupe::io {

class timer {
public:
  explicit timer(event_loop& loop) : timer_(loop.context()) {}

  /// Calls `when_due()` at or after `at`, unless the deadline is replaced first.
  template <class F>
  void expire_at(steady_time at, F when_due) {
    timer_.expires_at(at);
    timer_.async_wait([when_due = std::move(when_due)](std::error_code why) mutable {
      if (!why)
        when_due();
    });
  }

  void cancel() { timer_.cancel(); }

private:
  asio::steady_timer timer_;
};

} // namespace troupe::io
