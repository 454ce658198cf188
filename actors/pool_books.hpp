// What a POOL counts and tells the log.

#pragma once

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/policy/pool_desk.hpp"

#include <array>
#include <chrono>
#include <string>

namespace troupe::actors {

struct pool_terms;

class pool_books {
public:
  pool_books(node_metrics& metrics, event_log& log, const pool_terms& terms);
  void refused();
  /// A job that was taken came to its end.
  void ended(policy::job_outcome how, std::chrono::nanoseconds after);
  /// After each change. Logs pool_scaled when another number of workers is wanted.
  void show(std::size_t workers, const policy::pool_desk& desk);
  /// The pool ends: its gauges fall to zero.
  void close();

private:
  event_log& log_;
  const std::string name_;
  const std::string path_;
  gauge& workers_;
  gauge& busy_;
  gauge& buffer_;
  std::array<counter*, policy::job_outcomes> jobs_;
  histogram& seconds_;
  counter& rejected_;
  std::uint32_t wanted_;
};

} // namespace troupe::actors
