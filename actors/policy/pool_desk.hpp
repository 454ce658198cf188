// The desk of a pool: which job goes to which worker, which ones wait, and how many
// workers there should be. It knows numbers only; the POOL actor has the jobs, the
// askers and the workers.
//
//   a job is   waiting   in the buffer: priority classes, owners and arrival decide
//              at work   with a worker: in hand, or in its mailbox
//              gone      completed, failed, timed out, lost, cancelled or refused
//
// The owner of the desk tells it what happened, and after each time calls `next` until
// it has no more to say; it calls `tick` every `pool_tick` while `needs_tick()`.

#pragma once

#include "actors/policy/pool_view.hpp"
#include "actors/policy/turns.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::policy {

/// How a worker goes about the jobs in its mailbox.
enum class work_style : std::uint8_t {
  one_by_one,  ///< The first is in hand, the others wait: they outlive their worker.
  all_at_once, ///< All are in hand: it asks others and waits for many answers.
};

struct pool_options {
  std::uint32_t min = 1;      ///< Workers, at least one.
  std::uint32_t max = 50;     ///< Not below `min`, at most `pool_workers_max`.
  std::uint32_t mailbox = 10; ///< Most jobs with one worker; at least one.
  std::uint32_t buffer = 500; ///< Most jobs that wait for a worker.
  /// From when a worker takes a job in hand; then the worker counts as wedged. 0: never.
  milliseconds timeout = seconds{30};
  work_style style = work_style::one_by_one;
  milliseconds slow{50};           ///< A job that waited longer asks for more workers.
  milliseconds quiet = seconds{10}; ///< A worker without a job for so long may leave.
};

inline constexpr std::uint32_t pool_workers_max = 10'000;
inline constexpr milliseconds pool_time_max = std::chrono::hours{1};
/// Waits and timeouts are exact to this.
inline constexpr milliseconds pool_tick{100};

/// Fails with malformed; detail names the field.
[[nodiscard]] status check(const pool_options& options);

using job_number = std::uint64_t;
using worker_number = std::uint64_t;

struct job_request {
  job_number job;       ///< Never one that is in the desk already.
  std::uint64_t owner;  ///< Owners take turns.
  priority_class priority = priority_class::normal;
  milliseconds wait{0}; ///< For a worker, at most. 0: at once or not at all.
};

struct job_entry {
  enum class fate : std::uint8_t { assigned, buffered, refused };
  fate what;
  worker_number worker = 0; ///< When assigned.
};

struct job_assignment {
  job_number job;
  worker_number worker;
};

/// What time brought.
struct desk_round {
  std::vector<job_number> expired;    ///< Waited too long; gone.
  std::vector<job_assignment> wedged; ///< Took too long; the job is gone. Tell `worker_lost` next.
  std::vector<worker_number> retired; ///< Not needed; gone from the desk, without a job.
};

/// Time that goes backwards counts as time that stands still.
class pool_desk {
public:
  /// @pre check(options)
  explicit pool_desk(const pool_options& options);

  [[nodiscard]] job_entry submit(const job_request& x, steady_time now);

  /// A job that left the buffer for a worker, or nothing.
  [[nodiscard]] std::optional<job_assignment> next(steady_time now);

  /// Its worker answered, with what was wanted or an error. False: the job is gone
  /// already, and nobody waits for the answer.
  bool finished(job_number job, worker_number worker, job_outcome how, steady_time now);

  /// False: nobody waits for this job's answer. Of one that is at work the worker's
  /// place stays taken until it answers.
  bool cancel(job_number job, steady_time now);

  void worker_joined(worker_number worker, steady_time now);

  /// The jobs it had in hand. Those that only waited in its mailbox go to others first.
  [[nodiscard]] std::vector<job_number> worker_lost(worker_number worker, steady_time now);

  [[nodiscard]] desk_round tick(steady_time now);

  /// Workers there should be. Who is lost is to be replaced up to this.
  [[nodiscard]] std::uint32_t wanted() const noexcept { return wanted_; }
  [[nodiscard]] std::size_t workers() const noexcept { return workers_.size(); }
  [[nodiscard]] std::size_t buffered() const noexcept { return waiting_.size() + returned_.size(); }
  [[nodiscard]] std::size_t busy() const noexcept { return workers_.size() - idle_; }
  /// Somebody else than `owner` waits for a worker.
  [[nodiscard]] bool others_wait(std::uint64_t owner) const noexcept;

  /// No job waits or is at work.
  [[nodiscard]] bool is_idle() const noexcept { return jobs_.empty(); }

  /// Time may bring something.
  [[nodiscard]] bool needs_tick() const noexcept {
    return wanted_ > options_.min
           || (!jobs_.empty()
               && (buffered() > 0 || wanted_ < options_.max || options_.timeout > milliseconds{0}));
  }

  [[nodiscard]] pool_numbers numbers(steady_time now) const;

private:
  struct job_state {
    std::uint64_t owner;
    priority_class priority;
    steady_time submitted;
    steady_time until;
    worker_number worker = 0; ///< 0: waits.
    bool begun = false;
    bool wanted = true; ///< Somebody waits for the answer.
    steady_time began{};
  };
  struct worker_state {
    std::deque<job_number> jobs;
    steady_time since; ///< It has no job: since then.
  };
  using job_table = std::unordered_map<job_number, job_state>;
  using worker_table = std::unordered_map<worker_number, worker_state>;

  steady_time at(steady_time now) noexcept;
  [[nodiscard]] bool has_room() const noexcept { return !open_.empty(); }
  worker_number assign(job_number job, steady_time now);
  void begin(job_state& job, steady_time now);
  void begin_first(worker_state& worker, steady_time now);
  void take_from(worker_number number, worker_state& worker, job_number job, steady_time now);
  void forget(job_table::iterator job);
  void count(job_outcome how) noexcept;
  void expire(desk_round& round, steady_time now);
  void find_wedged(desk_round& round, steady_time now);
  void grow();
  void shrink(desk_round& round, steady_time now);
  void reopen(worker_number number, std::size_t before, std::size_t after);

  pool_options options_;
  job_table jobs_;
  worker_table workers_;
  std::set<std::pair<std::size_t, worker_number>> open_; ///< Jobs and number of those with room.
  turns<std::uint64_t, job_number> waiting_;
  std::deque<job_number> returned_; ///< From lost workers' mailboxes; before the waiting ones.
  steady_time first_until_ = steady_time::max(); ///< None of the waiting expires earlier.
  std::size_t idle_ = 0;      ///< Workers.
  std::size_t in_hand_ = 0;   ///< Jobs.
  std::size_t abandoned_ = 0; ///< Jobs at work whose answer nobody wants.
  std::uint32_t wanted_;
  // Since the last tick:
  std::chrono::nanoseconds waited_{0}; ///< The longest of those that began.
  bool some_began_ = false;
  bool some_refused_ = false;
  steady_time latest_ = steady_time::min();
  steady_time moved_ = steady_time::min(); ///< Something was finished, or came to an idle desk.
  job_counts counts_;
  spread waits_;
  spread runs_;
};

} // namespace troupe::policy
