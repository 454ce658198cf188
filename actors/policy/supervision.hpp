// What a supervisor does about a child that ended: starts it again after a wait, lets
// it go, or gives up and ends itself, so that its own parent decides.
//
//   kind       crashed    normal     asked
//   always     restart    restart    restart at once
//   on_crash   restart    let go     restart at once
//   never      let go     let go     let go
//
// A stop of the whole house is none of these: who stops its children asks nobody.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <deque>

namespace troupe::policy {

struct supervision_options {
  unsigned restarts = 5;               ///< So many within `within`; one more gives up. 0: the first does.
  milliseconds within = seconds{60};   ///< Also the quiet time after which the waits start over.
  milliseconds first{100};             ///< Wait before the first restart, doubled at each
  milliseconds longest = seconds{10};  ///< up to this.
};

inline constexpr unsigned supervision_restarts_max = 1000;
inline constexpr milliseconds supervision_time_max = std::chrono::hours{24};

/// Fails with malformed; detail names the field. Times are above 0 and at most
/// `supervision_time_max`.
[[nodiscard]] status check(const supervision_options& options);

/// When a child is started again.
enum class restart_kind : std::uint8_t { always, on_crash, never };

/// How a child ended.
enum class ending : std::uint8_t {
  crashed, ///< With an error.
  normal,  ///< By itself, its work done.
  asked,   ///< An operator ended it. Costs no wait and counts for nothing.
};

struct supervision_step {
  enum class act : std::uint8_t { restart, let_go, give_up };

  act what;
  steady_time at{}; ///< When to restart; the epoch for the other two.
};

/// For one child, or for several whose crashes add up. Time that goes backwards
/// counts as time that stands still.
class supervision {
public:
  /// @pre check(options)
  explicit supervision(const supervision_options& options = {});

  [[nodiscard]] supervision_step died(steady_time now, restart_kind kind, ending how);

private:
  supervision_options options_;
  std::deque<steady_time> counted_; ///< Deaths that led to a restart; oldest first.
  milliseconds wait_;               ///< Before the next restart.
  steady_time latest_ = steady_time::min();
};

} // namespace troupe::policy
