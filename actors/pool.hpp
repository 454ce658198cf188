// POOL: workers for jobs of one kind, and a bounded line of those that wait for one.
//
//   Place      whoever has a job -> [POOL] -> its workers
//   Spawned    by its owner, who brings the factory that spawns a worker.
//   Dies       when too many workers died within a time, on shutdown, or drained.
//              Every job that is not answered yet is answered then.
//   Restarted  by its SUPERVISOR, with new workers; whoever asked asks again.
//   Bound      pool_options: workers, jobs with each, jobs that wait; its mailbox has
//              room for all of these and `pool_mailbox_slack`. Above it mailbox_full.
//   States     serving -> draining (takes no jobs, ends after the last one).
//
// Two actors stand behind this face: WORKER_POOL keeps workers that do one job after the
// other; PLACE_POOL spawns a worker for each job, and the worker's end is the job's end.

#pragma once

#include "actors/policy/pool_desk.hpp"
#include "actors/policy/supervision.hpp"
#include "actors/store.hpp"
#include "net/core/priority.hpp"
#include "net/core/time.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace troupe::actors {

/// A job for one of the workers. Those of one priority class take turns by asker.
template <class Job>
struct submit {
  Job job;
  priority_class priority = priority_class::normal;
  /// It may wait for a worker so long, at most `pool_time_max`. 0: at once or not at all.
  milliseconds wait{0};
  /// The asker's own name for it, to cancel it by; 0: it won't.
  std::uint64_t ticket = 0;
};

/// Takes this asker's job back: it is answered `refused` at once, if it is not answered
/// yet. A worker that has it in hand finishes it for nobody.
struct cancel_job {
  std::uint64_t ticket;
};

struct describe_pool {};

struct pool_view {
  std::string name;
  std::string state; ///< "serving", "draining".
  std::uint32_t min = 0;
  std::uint32_t max = 0;
  std::uint32_t mailbox = 0;
  std::uint32_t buffer = 0;
  policy::pool_numbers numbers;
  std::uint64_t restarts = 0; ///< Workers that took the place of a dead one.
};

/// Looks after itself, while it has something to look after.
struct pool_ticked {};
/// A dead worker's time has passed.
struct replace_worker {};

/// Messages above all that its bounds make room for: questions of operators and the like.
inline constexpr std::size_t pool_mailbox_slack = 256;

template <class Job, class Answer>
using pool_actor = caf::typed_actor<
  // Fails with mailbox_full (no room, or no worker at once), timed_out (waited, or was at
  // work, for too long), worker_lost, refused (cancelled), draining, or what the worker says.
  typename caf::replies_to<submit<Job>>::template with<Answer>,
  caf::reacts_to<cancel_job>,
  caf::replies_to<describe_pool>::with<pool_view>,
  // Takes no more jobs, finishes those it has, then quits.
  caf::reacts_to<drain>,
  caf::reacts_to<pool_ticked>, caf::reacts_to<replace_worker>>;

/// Any pool, for those who only look.
using pool_face = caf::typed_actor<caf::replies_to<describe_pool>::with<pool_view>>;

struct pool_terms {
  std::string name; ///< "dns": in metrics and the log.
  std::string path; ///< "/outbound/dns".
  policy::pool_options pool;
  policy::supervision_options restarts; ///< Of all workers together.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::cancel_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_pool)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::pool_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::pool_ticked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::replace_worker)

namespace caf {

template <class Job>
struct allowed_unsafe_message_type<troupe::actors::submit<Job>> : std::true_type {};

} // namespace caf
