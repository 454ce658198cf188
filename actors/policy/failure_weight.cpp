#include "actors/policy/failure_weight.hpp"

#include <algorithm>

namespace troupe::policy {

unsigned failure_weight(milliseconds took, const breaker_options& options) {
  const auto share = std::clamp(
    static_cast<double>(took.count()) / static_cast<double>(options.window.count()), 0.0, 1.0);
  const auto worth = static_cast<unsigned>(share * options.min_requests + 0.5);
  return std::clamp(worth, 1u, options.min_requests);
}

} // namespace troupe::policy
