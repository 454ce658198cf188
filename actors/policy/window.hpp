// How many sessions to one next hop may be open at once: grows while things go
// well, shrinks when they don't, and leaves a dead host alone but for a probe.

#pragma once

#include "net/core/time.hpp"

namespace troupe::policy {

struct window_options {
  unsigned first = 2;            ///< Sessions to start with.
  unsigned connections_max = 20; ///< Never more; at least one.
  seconds probe_first{30};       ///< Wait before a dead host's first probe,
  seconds probe_max{600};        ///< doubled at each failed one up to this.
};

/// A round is as many results as the window is wide: a round of successes adds one,
/// and failures halve it once a round, so that ten sessions broken by one hiccup
/// count as one hiccup.
class concurrency_window {
public:
  explicit concurrency_window(const window_options& options);

  /// Sessions that may be open now: 0 for a dead host until its probe is due, then 1.
  [[nodiscard]] unsigned width(steady_time now) const noexcept;

  /// When a dead host may be probed; the epoch for a live one.
  [[nodiscard]] steady_time probe_at() const noexcept { return probe_at_; }
  [[nodiscard]] bool is_dead() const noexcept { return probe_wait_ > seconds{0}; }

  /// A delivery went well. Revives a dead host at width one.
  void succeeded() noexcept;

  /// The host faltered (421, timeout within a session, reset): half as many, at least one.
  void faltered(steady_time now) noexcept;

  /// The host can't be reached at all: none, and a probe after a wait.
  void died(steady_time now) noexcept;

private:
  window_options options_;
  unsigned width_;
  unsigned good_in_round_ = 0;
  unsigned deaf_ = 0; ///< Results until a failure may halve again.
  seconds probe_wait_{0};
  steady_time probe_at_{};
};

} // namespace troupe::policy
