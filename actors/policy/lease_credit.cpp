#include "actors/policy/lease_credit.hpp"

#include <algorithm>
#include <utility>

namespace troupe::policy {

std::size_t lease_credit::width(std::size_t least) const noexcept {
  return std::min(std::max(width_, least), options_.most);
}

void lease_credit::answered() noexcept {
  width_ = std::min(std::max(width_, ++answered_), options_.most);
}

void lease_credit::tick(steady_time now) noexcept {
  if (now - began_ < options_.span)
    return;
  began_ = now;
  width_ = std::min(std::max(std::exchange(answered_, 0), width_ / 2), options_.most);
}

} // namespace troupe::policy
