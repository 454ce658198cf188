#include "actors/histogram.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

/// Threads take stripes in turns, at their first value.
std::size_t my_stripe() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine =
    next.fetch_add(1, std::memory_order_relaxed) % counter::stripes;
  return mine;
}

} // namespace

void counter::add(std::uint64_t n) noexcept {
  stripes_[my_stripe()].count.fetch_add(n, std::memory_order_relaxed);
}

std::uint64_t counter::value() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& x : stripes_)
    sum += x.count.load(std::memory_order_relaxed);
  return sum;
}

histogram::histogram(std::vector<double> bounds) : bounds_(std::move(bounds)) {
  for (auto& x : stripes_)
    x.buckets = std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1);
}

void histogram::observe(double value) noexcept {
  auto& mine = stripes_[my_stripe()];
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  mine.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  mine.sum.fetch_add(value, std::memory_order_relaxed);
}

histogram::reading histogram::read() const {
  reading out;
  out.buckets.resize(bounds_.size() + 1);
  for (const auto& x : stripes_) {
    for (std::size_t i = 0; i < out.buckets.size(); ++i)
      out.buckets[i] += x.buckets[i].load(std::memory_order_relaxed);
    out.sum += x.sum.load(std::memory_order_relaxed);
  }
  for (const auto n : out.buckets)
    out.count += n;
  return out;
}

} // namespace troupe::actors
