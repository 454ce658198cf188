#include "actors/census.hpp"

namespace troupe::actors {

census_answer census::enter(const std::string& address) {
  const std::lock_guard lock(guard_);
  if (present_ >= limits_.connections)
    return census_answer::too_many;
  auto& from = from_[address];
  if (from >= limits_.connections_per_ip)
    return census_answer::too_many_from_there;
  ++from;
  ++present_;
  return census_answer::counted;
}

void census::leave(const std::string& address) {
  const std::lock_guard lock(guard_);
  const auto from = from_.find(address);
  if (from == from_.end())
    return;
  --present_;
  if (--from->second == 0)
    from_.erase(from);
}

void census::set_limits(const census_limits& limits) {
  const std::lock_guard lock(guard_);
  limits_ = limits;
}

std::size_t census::present() const {
  const std::lock_guard lock(guard_);
  return present_;
}

} // namespace troupe::actors
