#include "actors/policy/window.hpp"

#include <algorithm>

namespace troupe::policy {

concurrency_window::concurrency_window(const window_options& options)
  : options_{options},
    width_{std::clamp(options.first, 1u, std::max(options.connections_max, 1u))} {}

unsigned concurrency_window::width(steady_time now) const noexcept {
  if (!is_dead())
    return width_;
  return now >= probe_at_ ? 1 : 0;
}

void concurrency_window::succeeded() noexcept {
  if (is_dead()) {
    width_ = 1;
    good_in_round_ = 0;
    deaf_ = 0;
    probe_wait_ = seconds{0};
    probe_at_ = {};
  }
  if (deaf_ > 0)
    --deaf_;
  if (++good_in_round_ < width_)
    return;
  good_in_round_ = 0;
  width_ = std::min(width_ + 1, std::max(options_.connections_max, 1u));
}

void concurrency_window::faltered(steady_time now) noexcept {
  if (is_dead()) {
    died(now);
    return;
  }
  good_in_round_ = 0;
  if (deaf_ > 0) {
    --deaf_;
    return;
  }
  // Those in flight beside this one saw the same hiccup.
  deaf_ = width_ - 1;
  width_ = std::max(width_ / 2, 1u);
}

void concurrency_window::died(steady_time now) noexcept {
  // The other sessions that broke at the same death say nothing new.
  if (is_dead() && now < probe_at_)
    return;
  const auto wait
    = is_dead() ? std::min(probe_wait_ * 2, options_.probe_max) : options_.probe_first;
  probe_wait_ = std::max(wait, seconds{1});
  probe_at_ = now + probe_wait_;
}

} // namespace troupe::policy
