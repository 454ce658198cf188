#include "app/admin/rate_history.hpp"

namespace troupe::app {

bool rate_history::is_due(steady_time now) const {
  const std::lock_guard lock(guard_);
  return !looked_ || now - *looked_ >= history_interval;
}

void rate_history::sample(steady_time now, wall_time at, const mail_counts& so_far,
                          std::optional<std::uint64_t> queue) {
  const std::lock_guard lock(guard_);
  if (looked_ && now > *looked_) {
    const auto span = std::chrono::duration<double>(now - *looked_).count();
    const auto rate = [&](std::uint64_t mail_counts::*which) {
      return static_cast<double>(so_far.*which - before_.*which) / span;
    };
    samples_.push_back({at, rate(&mail_counts::received), rate(&mail_counts::delivered),
                        rate(&mail_counts::deferred), rate(&mail_counts::bounced), queue});
    if (samples_.size() > history_samples_max)
      samples_.pop_front();
  }
  looked_ = now;
  before_ = so_far;
}

std::vector<rate_sample> rate_history::later(wall_time than) const {
  const std::lock_guard lock(guard_);
  std::vector<rate_sample> found;
  for (const auto& each : samples_)
    if (each.at > than)
      found.push_back(each);
  return found;
}

} // namespace troupe::app
