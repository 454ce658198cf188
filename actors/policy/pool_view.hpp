// What a pool shows of itself.

#pragma once

#include "actors/policy/spread.hpp"
#include "net/core/priority.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::policy {

/// How a job left the pool. Each job submitted has exactly one.
enum class job_outcome : std::uint8_t {
  completed, ///< Its worker answered.
  failed,    ///< Its worker answered with an error.
  refused,   ///< There was no room for it, or not soon enough.
  timed_out, ///< It waited, or was at work, for too long.
  lost,      ///< Its worker died with it in hand.
  cancelled, ///< Whoever asked no longer wants it.
};
inline constexpr std::size_t job_outcomes = 6;

[[nodiscard]] constexpr std::string_view to_string(job_outcome how) noexcept {
  switch (how) {
    case job_outcome::completed: return "completed";
    case job_outcome::failed: return "failed";
    case job_outcome::refused: return "refused";
    case job_outcome::timed_out: return "timed_out";
    case job_outcome::lost: return "lost";
    case job_outcome::cancelled: return "cancelled";
  }
  return "";
}

struct job_counts {
  std::uint64_t submitted = 0;
  std::array<std::uint64_t, job_outcomes> by_outcome{};

  [[nodiscard]] std::uint64_t operator[](job_outcome how) const noexcept {
    return by_outcome[static_cast<std::size_t>(how)];
  }
};

/// Empty where a pool is well, else why it isn't.
struct pool_health {
  bool no_worker = false;   ///< There is none alive.
  bool buffer_full = false; ///< And it is not a buffer for none.
  bool no_progress = false; ///< It has work, and for `timeout` nothing was finished.

  [[nodiscard]] bool is_well() const noexcept {
    return !no_worker && !buffer_full && !no_progress;
  }
};

struct pool_numbers {
  std::size_t workers = 0;
  std::size_t wanted = 0;
  std::size_t busy = 0;                                ///< Workers with a job.
  std::size_t at_work = 0;                             ///< Jobs with a worker.
  std::size_t abandoned = 0;                           ///< Of these, cancelled ones.
  std::size_t buffered = 0;                            ///< Jobs that wait for one.
  std::array<std::size_t, priority_classes> by_class{}; ///< Of these, low first.
  job_counts jobs;
  spread waits; ///< From submission until a worker took it in hand.
  spread runs;  ///< From then to the answer.
  pool_health health;
};

/// Of a pool that is kept in parts: what one of them says is added. It is as well as the
/// least well of them.
void add(pool_numbers& to, const pool_numbers& part);

} // namespace troupe::policy
