#include "actors/store_books.hpp"

#include <algorithm>
#include <chrono>

namespace troupe::actors {

namespace {

double one_if(bool x) { return x ? 1 : 0; }

} // namespace

store_books::store_books(node_metrics& metrics)
  : workers_(metrics.pool_workers(storage_pool)),
    busy_(metrics.pool_busy(storage_pool)),
    buffer_(metrics.pool_buffer(storage_pool)),
    seconds_(metrics.pool_job_seconds(storage_pool)),
    rejected_(metrics.pool_rejected_total(storage_pool)) {
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    jobs_[i] = &metrics.pool_jobs_total(storage_pool,
                                        to_string(static_cast<policy::job_outcome>(i)));
}

void store_books::refused(std::uint64_t jobs) {
  constexpr auto how = static_cast<std::size_t>(policy::job_outcome::refused);
  counts_.submitted += jobs;
  counts_.by_outcome[how] += jobs;
  jobs_[how]->add(jobs);
  rejected_.add(jobs);
}

void store_books::ended(policy::job_outcome how, steady_time::duration after) {
  ++counts_.by_outcome[static_cast<std::size_t>(how)];
  jobs_[static_cast<std::size_t>(how)]->add();
  seconds_.observe(std::chrono::duration<double>(after).count());
}

void store_books::committed(steady_time::duration after, steady_time::duration work) {
  waits_.add(std::max(after - work, steady_time::duration{0}));
  runs_.add(work);
}

// Others share the gauges: only what differs is added.
void store_books::show(std::size_t waiting, bool serves) {
  if (waiting != waiting_) {
    buffer_.add(static_cast<double>(waiting) - static_cast<double>(waiting_));
    busy_.add(one_if(waiting > 0) - one_if(waiting_ > 0));
  }
  if (serves != serves_)
    workers_.add(one_if(serves) - one_if(serves_));
  waiting_ = waiting;
  serves_ = serves;
}

policy::pool_numbers store_books::numbers() const {
  policy::pool_numbers x;
  x.workers = serves_ ? 1 : 0;
  x.wanted = 1;
  x.busy = waiting_ > 0 ? 1 : 0;
  x.buffered = waiting_;
  x.jobs = counts_;
  x.waits = waits_;
  x.runs = runs_;
  x.health.no_worker = !serves_;
  return x;
}

} // namespace troupe::actors
