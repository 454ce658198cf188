#include "app/admin/pressure_meter.hpp"

#include <algorithm>

namespace troupe::app {

void pressure_meter::sample(steady_time now, std::map<std::string, double> waited) {
  const std::lock_guard lock(guard_);
  if (!looks_.empty() && now - looks_.back().at < seconds{1})
    return;
  looks_.push_back({now, std::move(waited)});
  while (looks_.size() > pressure_samples_max || looks_.front().at + pressure_span < now)
    looks_.pop_front();
}

std::vector<link_pressure> pressure_meter::now_holding() const {
  const std::lock_guard lock(guard_);
  std::vector<link_pressure> holding;
  if (looks_.size() < 2)
    return holding;
  const auto& first = looks_.front();
  const auto& last = looks_.back();
  const auto span = std::chrono::duration<double>(last.at - first.at).count();
  for (const auto& [link, total] : last.waited) {
    const auto before = first.waited.find(link);
    const auto waiting = (total - (before == first.waited.end() ? 0 : before->second)) / span;
    if (waiting >= pressure_told_from)
      holding.push_back({link, waiting});
  }
  std::sort(holding.begin(), holding.end(),
            [](const auto& a, const auto& b) { return a.waiting > b.waiting; });
  return holding;
}

} // namespace troupe::app
