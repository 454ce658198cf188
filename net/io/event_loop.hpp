// One thread's event loop: Asio's context, and the only place where it is run.

#pragma once

#include "net/core/time.hpp"
#include "net/io/hand_clock.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include <cstddef>
#include <utility>

namespace troupe::io {

/// Everything made on a loop is used on its thread only; `post` and `release` may
/// be called from any thread.
class event_loop {
public:
  event_loop() : context_(1), guard_(asio::make_work_guard(context_)) {}

  /// Runs until `release` was called and nothing is left to wait for.
  void run() { context_.run(); }

  /// Runs what is ready now, without waiting. How many handlers that were.
  std::size_t poll() { return context_.poll(); }

  /// The time that its timers go by.
  [[nodiscard]] steady_time now() const noexcept {
    return by_hand_ == nullptr ? steady_now() : by_hand_->now();
  }

  /// Time is the clock's from now on, which outlives the loop. @pre no timer runs
  void go_by(hand_clock& clock) noexcept { by_hand_ = &clock; }
  [[nodiscard]] hand_clock* by_hand() const noexcept { return by_hand_; }

  /// Makes `run` return at once, whatever is left.
  void stop() { context_.stop(); }

  /// Lets `run` return once nothing is left to wait for.
  void release() { guard_.reset(); }

  template <class F>
  void post(F&& task) {
    asio::post(context_, std::forward<F>(task));
  }

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  hand_clock* by_hand_ = nullptr;
};

} // namespace troupe::io
