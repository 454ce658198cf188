#include "actors/policy/pool_view.hpp"

namespace troupe::policy {

void add(pool_numbers& to, const pool_numbers& part) {
  to.workers += part.workers;
  to.wanted += part.wanted;
  to.busy += part.busy;
  to.at_work += part.at_work;
  to.abandoned += part.abandoned;
  to.buffered += part.buffered;
  for (std::size_t i = 0; i < priority_classes; ++i)
    to.by_class[i] += part.by_class[i];
  to.jobs.submitted += part.jobs.submitted;
  for (std::size_t i = 0; i < job_outcomes; ++i)
    to.jobs.by_outcome[i] += part.jobs.by_outcome[i];
  to.waits.add(part.waits);
  to.runs.add(part.runs);
  to.health.no_worker = to.health.no_worker || part.health.no_worker;
  to.health.buffer_full = to.health.buffer_full || part.health.buffer_full;
  to.health.no_progress = to.health.no_progress || part.health.no_progress;
}

} // namespace troupe::policy
