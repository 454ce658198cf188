// How many sessions to one next hop may be open at once: grows while things go
// well and shrinks when they don't. Whether there may be any is its breaker's affair.

#pragma once

namespace troupe::policy {

struct window_options {
  unsigned first = 2;            ///< Sessions to start with.
  unsigned connections_max = 20; ///< Never more; at least one.
};

/// A round is as many results as the window is wide: a round of successes adds one,
/// and failures halve it once a round, so that ten sessions broken by one hiccup
/// count as one hiccup.
class concurrency_window {
public:
  explicit concurrency_window(const window_options& options);

  /// Sessions that may be open now: at least one.
  [[nodiscard]] unsigned width() const noexcept { return width_; }
  /// It never gets wider.
  [[nodiscard]] unsigned most() const noexcept { return options_.connections_max; }

  /// A delivery went well.
  void succeeded() noexcept;

  /// A session broke, or none could be had: half as many.
  void faltered() noexcept;

private:
  window_options options_;
  unsigned width_;
  unsigned good_in_round_ = 0;
  unsigned deaf_ = 0; ///< Results until a failure may halve again.
};

} // namespace troupe::policy
