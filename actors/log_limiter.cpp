#include "actors/log_limiter.hpp"

#include "actors/event_log.hpp"

#include <algorithm>
#include <limits>

namespace troupe::actors {

bool log_limiter::is_over(const window& each, wall_time now) noexcept {
  return now < each.start || now - each.start >= seconds{1};
}

bool log_limiter::admit(std::string_view event, wall_time now) {
  auto found = std::find_if(windows_.begin(), windows_.end(),
                            [event](const window& each) { return each.event == event; });
  if (found == windows_.end()) {
    if (windows_.size() == log_names_max)
      std::erase_if(windows_, [now](const window& each) {
        return each.suppressed == 0 && is_over(each, now);
      });
    if (windows_.size() == log_names_max)
      return true;
    found = windows_.insert(windows_.end(), window{std::string(event), now});
  } else if (is_over(*found, now) && found->suppressed == 0) {
    found->start = now;
    found->written = 0;
  }
  if (found->written < log_repeats_max) {
    ++found->written;
    return true;
  }
  if (found->suppressed < std::numeric_limits<unsigned>::max())
    ++found->suppressed;
  return false;
}

std::vector<suppressed_lines> log_limiter::take_over(wall_time now) {
  std::vector<suppressed_lines> taken;
  std::erase_if(windows_, [&](window& each) {
    if (each.suppressed == 0 || !is_over(each, now))
      return false;
    taken.push_back({std::move(each.event), each.suppressed});
    return true;
  });
  return taken;
}

std::vector<suppressed_lines> log_limiter::take_all() {
  std::vector<suppressed_lines> taken;
  for (auto& each : windows_)
    if (each.suppressed != 0)
      taken.push_back({std::move(each.event), each.suppressed});
  windows_.clear();
  return taken;
}

std::optional<wall_time> log_limiter::due() const noexcept {
  std::optional<wall_time> first;
  for (const auto& each : windows_)
    if (each.suppressed != 0 && (!first || each.start + seconds{1} < *first))
      first = each.start + seconds{1};
  return first;
}

} // namespace troupe::actors
