#include "actors/pool_books.hpp"

#include "actors/pool.hpp"

namespace troupe::actors {

pool_books::pool_books(node_metrics& metrics, event_log& log, const pool_terms& terms)
  : log_(log),
    name_(terms.name),
    path_(terms.path),
    workers_(metrics.pool_workers(terms.name)),
    busy_(metrics.pool_busy(terms.name)),
    buffer_(metrics.pool_buffer(terms.name)),
    seconds_(metrics.pool_job_seconds(terms.name)),
    rejected_(metrics.pool_rejected_total(terms.name)),
    wanted_(terms.pool.min) {
  for (std::size_t i = 0; i < jobs_.size(); ++i)
    jobs_[i] = &metrics.pool_jobs_total(name_, to_string(static_cast<policy::job_outcome>(i)));
}

void pool_books::refused() {
  rejected_.add();
  jobs_[static_cast<std::size_t>(policy::job_outcome::refused)]->add();
}

void pool_books::ended(policy::job_outcome how, std::chrono::nanoseconds after) {
  jobs_[static_cast<std::size_t>(how)]->add();
  seconds_.observe(std::chrono::duration<double>(after).count());
}

void pool_books::show(std::size_t workers, const policy::pool_desk& desk) {
  workers_.set(static_cast<double>(workers));
  busy_.set(static_cast<double>(desk.busy()));
  buffer_.set(static_cast<double>(desk.buffered()));
  if (desk.wanted() == wanted_)
    return;
  log_.info("pool_scaled", {{"actor", path_},
                            {"pool", name_},
                            {"from", wanted_},
                            {"to", desk.wanted()},
                            {"busy", desk.busy()},
                            {"buffered", desk.buffered()}});
  wanted_ = desk.wanted();
}

void pool_books::close() {
  workers_.set(0);
  busy_.set(0);
  buffer_.set(0);
}

} // namespace troupe::actors
