#include "app/admin/rate_meter.hpp"

namespace troupe::app {

void rate_meter::sample(steady_time now, std::uint64_t in, std::uint64_t out) {
  const std::lock_guard lock(guard_);
  if (!looks_.empty() && now - looks_.back().at < seconds{1})
    return;
  looks_.push_back({now, in, out});
  while (looks_.size() > rate_samples_max || now - looks_.front().at > rate_span)
    looks_.pop_front();
}

mail_rates rate_meter::rates() const {
  const std::lock_guard lock(guard_);
  if (looks_.size() < 2)
    return {};
  const auto& first = looks_.front();
  const auto& last = looks_.back();
  const auto span = std::chrono::duration<double>(last.at - first.at).count();
  return {static_cast<double>(last.in - first.in) / span,
          static_cast<double>(last.out - first.out) / span};
}

} // namespace troupe::app
