// A circuit breaker as a pure machine: who guards a host or a service asks it before
// each request and tells it afterwards how the host behaved. It keeps requests away
// from what is ill, and lets single trials through to find out when it is well.
//
//   state       a request is              goes to
//   closed      let through and counted   open       enough requests, enough of them failed
//   open        refused until a time      half_open  at the first request after that time
//   half_open   let through as a trial,   closed     every trial went well
//               `probes` of them          open       one failed: for twice as long as before
//   any                                   the state that an operator forces, until `reset`
//
// Only what says that the host is ill is a failure: no connection, a timeout, TLS, 421;
// never a refusal of one recipient.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

struct breaker_options {
  milliseconds window = seconds{60};    ///< While closed, results count for so long; at least 10 ms.
  unsigned min_requests = 5; ///< Fewer results in the window never open it; 1 to `breaker_requests_max`.
  double failure_ratio = 0.5;           ///< Opens at or above it; above 0, at most 1.
  milliseconds open = seconds{30};      ///< First time that it stays open.
  milliseconds open_max = seconds{600}; ///< Doubled at each failed trial up to this.
  unsigned probes = 1; ///< Trials at once, and successes that close it; 1 to `breaker_probes_max`.
  /// A trial that nobody answers for is forgotten after so long, and another may go.
  /// Longer than any request takes.
  milliseconds probe_lapse = seconds{900};

  friend bool operator==(const breaker_options&, const breaker_options&) = default;
};

inline constexpr unsigned breaker_requests_max = 10'000;
inline constexpr unsigned breaker_probes_max = 1000;
inline constexpr milliseconds breaker_time_max = std::chrono::hours{24 * 7};
/// Longer reasons are cut.
inline constexpr std::size_t breaker_reason_bytes_max = 200;

/// Fails with malformed; detail names the field. No time may exceed `breaker_time_max`.
[[nodiscard]] status check(const breaker_options& options);

enum class breaker_state : std::uint8_t { closed, open, half_open };
inline constexpr std::size_t breaker_states = 3;
[[nodiscard]] std::string_view to_string(breaker_state state) noexcept;

/// What an operator wants, whatever the host does.
enum class breaker_force : std::uint8_t { none, open, closed };
[[nodiscard]] std::string_view to_string(breaker_force force) noexcept;

/// To be logged and counted by the owner: breaker_changed, breaker_transitions_total.
struct breaker_change {
  breaker_state from;
  breaker_state to;
  std::string reason;
};

struct breaker_permit {
  bool granted;
  steady_time again_at; ///< Refused: when to ask again; the maximum while forced open.
  std::optional<breaker_change> change;
};

struct breaker_view {
  breaker_state state = breaker_state::closed;
  breaker_force forced = breaker_force::none;
  std::uint64_t requests = 0; ///< Results in the window.
  std::uint64_t failures = 0; ///< Of these.
  unsigned probes_out = 0;    ///< Trials without an answer yet.
  milliseconds opens_for{0};  ///< How long it is open, or the next time will be.
  steady_time until{};        ///< Open: till then, the maximum by force. Else the epoch.
  std::string last_reason;    ///< Of the latest failure; or empty.
  std::array<std::uint64_t, breaker_states> transitions{}; ///< By the state they led to.
};

/// Time that goes backwards counts as time that stands still.
class breaker {
public:
  /// @pre check(options)
  explicit breaker(const breaker_options& options = {});

  /// May a request go now? A granted one ends in exactly one of the three below.
  [[nodiscard]] breaker_permit permit(steady_time now);

  /// The host took part as it should. Results of requests from before the breaker
  /// opened are ignored, unless a trial is out: then they speak for it.
  [[nodiscard]] std::optional<breaker_change> success(steady_time now);
  [[nodiscard]] std::optional<breaker_change> failure(steady_time now, std::string_view why);

  /// It ended without saying anything about the host.
  void cancelled(steady_time now);

  // By hand. A forced state stays until `reset`, which also forgets what was counted.
  // Forced closed, results are counted but open nothing.
  [[nodiscard]] std::optional<breaker_change> force_open(steady_time now);
  [[nodiscard]] std::optional<breaker_change> force_close(steady_time now);
  [[nodiscard]] std::optional<breaker_change> reset(steady_time now);

  [[nodiscard]] breaker_state state() const noexcept { return state_; }
  [[nodiscard]] breaker_view view(steady_time now) const;

private:
  struct bucket {
    std::int64_t number = 0; ///< Of its slice of time.
    std::uint64_t requests = 0;
    std::uint64_t failures = 0;
  };
  static constexpr std::size_t buckets = 10;

  steady_time at(steady_time now) noexcept;
  std::int64_t slice(steady_time at) const noexcept;
  bucket counted(steady_time at) const noexcept;
  void count(steady_time at, bool failed) noexcept;
  void forget_lapsed(steady_time at);
  std::optional<breaker_change> open(steady_time at, std::string_view why);
  std::optional<breaker_change> enter(breaker_state next, std::string_view why);

  breaker_options options_;
  breaker_state state_ = breaker_state::closed;
  breaker_force forced_ = breaker_force::none;
  std::array<bucket, buckets> ring_{};
  std::vector<steady_time> trials_; ///< Since when, oldest first; at most `probes`.
  unsigned passed_ = 0;             ///< Trials that went well.
  milliseconds opens_for_;
  steady_time until_{};
  steady_time latest_ = steady_time::min();
  std::string last_reason_;
  std::array<std::uint64_t, breaker_states> transitions_{};
};

} // namespace troupe::policy
