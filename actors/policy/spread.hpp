// Least, most and mean of some times, without keeping them.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace troupe::policy {

struct spread {
  std::uint64_t count = 0;
  std::chrono::nanoseconds least{0};
  std::chrono::nanoseconds most{0};
  std::chrono::nanoseconds sum{0};

  void add(std::chrono::nanoseconds value) noexcept {
    least = count == 0 ? value : std::min(least, value);
    most = count == 0 ? value : std::max(most, value);
    sum += value;
    ++count;
  }

  void add(const spread& others) noexcept {
    if (others.count == 0)
      return;
    least = count == 0 ? others.least : std::min(least, others.least);
    most = std::max(most, others.most);
    sum += others.sum;
    count += others.count;
  }

  /// Zero without any.
  [[nodiscard]] std::chrono::nanoseconds mean() const noexcept {
    return count == 0 ? sum : sum / static_cast<std::int64_t>(count);
  }
};

} // namespace troupe::policy
