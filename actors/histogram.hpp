// Counters, gauges and histograms that many threads may feed at once: a few relaxed
// additions, no lock. prometheus-cpp has its own, but its histogram takes a mutex for
// each value; metrics.cpp exports these through it.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace troupe::actors {

/// Only rises. Threads that feed it do not share a cache line, up to `stripes`.
class counter {
public:
  void add(std::uint64_t n = 1) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

  static constexpr std::size_t stripes = 4;

private:
  struct alignas(64) stripe {
    std::atomic<std::uint64_t> count{0};
  };
  std::array<stripe, stripes> stripes_;
};

/// Seconds that add up.
class seconds_counter {
public:
  void add(double seconds) noexcept { sum_.fetch_add(seconds, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return sum_.load(std::memory_order_relaxed); }

private:
  std::atomic<double> sum_{0};
};

class gauge {
public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(double by) noexcept { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<double> value_{0};
};

class histogram {
public:
  /// @param bounds the upper bounds, inclusive and rising; +Inf comes on top.
  explicit histogram(std::vector<double> bounds);

  void observe(double value) noexcept;

  struct reading {
    std::vector<std::uint64_t> buckets; ///< One for each bound and one for +Inf; not cumulative.
    std::uint64_t count = 0;
    double sum = 0;
  };
  /// Each number is right; a value that comes in meanwhile may be in some only.
  [[nodiscard]] reading read() const;
  [[nodiscard]] const std::vector<double>& bounds() const noexcept { return bounds_; }

private:
  struct alignas(64) stripe {
    std::atomic<double> sum{0};
    std::unique_ptr<std::atomic<std::uint64_t>[]> buckets;
  };
  std::vector<double> bounds_;
  std::array<stripe, counter::stripes> stripes_;
};

} // namespace troupe::actors
