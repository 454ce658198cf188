#include "actors/policy/window.hpp"

#include <algorithm>

namespace troupe::policy {

concurrency_window::concurrency_window(const window_options& options)
  : options_{options},
    width_{std::clamp(options.first, 1u, std::max(options.connections_max, 1u))} {}

void concurrency_window::succeeded() noexcept {
  if (deaf_ > 0)
    --deaf_;
  if (++good_in_round_ < width_)
    return;
  good_in_round_ = 0;
  width_ = std::min(width_ + 1, std::max(options_.connections_max, 1u));
}

void concurrency_window::faltered() noexcept {
  good_in_round_ = 0;
  if (deaf_ > 0) {
    --deaf_;
    return;
  }
  // Those in flight beside this one saw the same hiccup.
  deaf_ = width_ - 1;
  width_ = std::max(width_ / 2, 1u);
}

} // namespace troupe::policy
