#include "actors/body_budget.hpp"

namespace troupe::actors {

bool body_budget::take(std::uint64_t bytes) noexcept {
  auto taken = taken_.load(std::memory_order_relaxed);
  do {
    const auto most = bytes_max_.load(std::memory_order_relaxed);
    if (taken > most || bytes > most - taken)
      return false;
  } while (!taken_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  return true;
}

void body_budget::give_back(std::uint64_t bytes) noexcept {
  taken_.fetch_sub(bytes, std::memory_order_relaxed);
}

void body_budget::set_bytes_max(std::uint64_t bytes_max) noexcept {
  bytes_max_.store(bytes_max, std::memory_order_relaxed);
}

std::uint64_t body_budget::taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

bool body_budget::is_spent() const noexcept {
  return taken() + body_free_bytes > bytes_max_.load(std::memory_order_relaxed);
}

body_share::~body_share() {
  if (taken_ > 0)
    budget_->give_back(taken_);
}

bool body_share::hold(std::uint64_t bytes) noexcept {
  const auto counted = bytes > body_free_bytes ? bytes - body_free_bytes : 0;
  if (counted > taken_ && !budget_->take(counted - taken_))
    return false;
  if (counted < taken_)
    budget_->give_back(taken_ - counted);
  taken_ = counted;
  return true;
}

} // namespace troupe::actors
