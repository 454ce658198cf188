// One limit for the whole cluster: what the nodes say to the owner of a next hop's limit,
// and it to them. WIRE; everything may be lost, come twice or in another order.

#pragma once

#include "actors/policy/breaker.hpp"
#include "actors/policy/cluster/node.hpp"

#include <cstdint>
#include <span>

namespace troupe::policy {

struct hop_options {
  unsigned sessions = 20;          ///< At once, over all nodes. Without a limit: parts, say 1000.
  milliseconds lease = seconds{30}; ///< The longest that a loan lasts.
  breaker_options breaker;         ///< Its probe_lapse is `lease`, its probes are 1, whatever stands here.
};

/// What a node may use when it is cut off: rounded down, so that all shares fit.
[[nodiscard]] constexpr unsigned share_of(unsigned sessions, std::size_t members) noexcept {
  return members == 0 ? 0 : static_cast<unsigned>(sessions / members);
}

/// The node that keeps the limit of `hop` (a hash of its name): rendezvous, so that each
/// owns its part, and one that goes hands over only its own.
/// @pre !eligible.empty()
[[nodiscard]] node_id owner_of(std::uint64_t hop, std::span<const node_id> eligible);

enum class lessee_state : std::uint8_t {
  leasing, ///< It uses only what was lent. It promises not to fall back to its share for 2 leases from now.
  cut_off, ///< It may be using its share.
};

struct ask_loan {
  std::uint64_t hop = 0;
  std::uint64_t number = 0; ///< Grows.
  std::uint64_t heard = 0;  ///< The sequence of the newest loan that it got; 0: none from this owner.
  lessee_state state = lessee_state::leasing;
  unsigned wanted = 0;
  unsigned held = 0;        ///< Lent and not yet over: a new owner rebuilds from it.
  std::uint32_t successes = 0; ///< Of the host, since the last request that was answered.
  std::uint32_t failures = 0;
  bool breaker_open = false; ///< As it last heard.
  bool probe_wanted = false;
};

struct loan {
  std::uint64_t hop = 0;
  std::uint64_t number = 0;   ///< Of the request.
  std::uint64_t sequence = 0; ///< Grows.
  unsigned sessions = 0;
  milliseconds lease{0};      ///< From when the request was sent. Zero: not now, ask again.
  breaker_state breaker = breaker_state::closed;
  bool probe = false;         ///< The one trial, for as long as the lease.
};

} // namespace troupe::policy
