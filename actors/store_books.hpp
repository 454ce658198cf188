// What one STORE adds to the pool "storage": the writers of all shards together have the
// face of a POOL. A job is a letter to keep, or a settlement of some.

#pragma once

#include "actors/metrics.hpp"
#include "actors/policy/pool_view.hpp"
#include "net/core/time.hpp"

#include <array>
#include <cstddef>

namespace troupe::actors {

/// The pool's name, in metrics and for operators.
inline constexpr const char* storage_pool = "storage";

class store_books {
public:
  explicit store_books(node_metrics& metrics);

  /// So many were turned away without a look.
  void refused(std::uint64_t jobs = 1);
  void taken() noexcept { ++counts_.submitted; }
  /// One that was taken is answered, that long after it came.
  void ended(policy::job_outcome how, steady_time::duration after);
  /// One of those `ended` was committed; the commit was `work` of its time.
  void committed(steady_time::duration after, steady_time::duration work);

  /// So many wait now. `serves`: the disk takes mail.
  void show(std::size_t waiting, bool serves);
  /// The STORE ends: nothing of it is left in the gauges.
  void close() { show(0, false); }

  [[nodiscard]] policy::pool_numbers numbers() const;

private:
  gauge& workers_;
  gauge& busy_;
  gauge& buffer_;
  std::array<counter*, policy::job_outcomes> jobs_;
  histogram& seconds_;
  counter& rejected_;
  std::size_t waiting_ = 0; ///< As last shown.
  bool serves_ = false;
  policy::job_counts counts_;
  policy::spread waits_;
  policy::spread runs_;
};

} // namespace troupe::actors
