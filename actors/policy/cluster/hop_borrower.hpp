// GOVERNOR's machine at each node, for each next hop that it has mail for: how many
// sessions this node may have open now. It asks the owner (itself perhaps), lives on what
// is lent, and when nobody answers falls back to its share, late enough that nobody lends
// the same sessions.
//
//   state     may use                         goes to
//   leasing   its greatest loan               cut_off   no answer for a lease
//   cut_off   what is left of its loans;      leasing   an answer
//             its share, from two leases
//             after its last request as a
//             lessee on
//
// What is lent ends by this node's clock before it ends by the owner's: time counts from
// when the request was sent, and 5 % early. A rate is lent along: a node may start
// rate * allowed / sessions.

#pragma once

#include "actors/policy/cluster/hop_words.hpp"

#include <deque>
#include <optional>

namespace troupe::policy {

class hop_borrower {
public:
  hop_borrower(const hop_options& options, std::uint64_t hop, std::size_t members, steady_time now);

  /// Sessions that may be open at this moment. When it falls, idle ones are closed first,
  /// then those at work are broken off: their mail is tried again.
  [[nodiscard]] unsigned allowed(steady_time now) const;
  /// When it next falls, as things stand; the maximum if it does not.
  [[nodiscard]] steady_time falls_at(steady_time now) const;

  /// The next request for the owner, when it is time for one: each third of a lease, and
  /// at once when more is wanted.
  [[nodiscard]] std::optional<ask_loan> ask(unsigned wanted, std::size_t members, steady_time now);
  void receive(const loan& x, steady_time now);
  /// Another node owns the hop now: it is asked at once, and knows nothing of us.
  void owner_changed();

  /// How the host behaved; what the owner's breaker lives on.
  void succeeded();
  void failed();
  /// May one session go though the breaker is not closed? True once for each probe; it
  /// must be over, or count as failed, at `probe_until`.
  [[nodiscard]] bool take_probe(steady_time now);
  [[nodiscard]] steady_time probe_until() const noexcept { return probe_until_; }
  /// As last heard. Cut off it stays what it was: only the owner gives probes.
  [[nodiscard]] breaker_state breaker() const noexcept { return breaker_; }
  [[nodiscard]] lessee_state state() const noexcept { return state_; }

private:
  struct given {
    unsigned sessions;
    steady_time until;
  };
  struct sent {
    std::uint64_t number;
    steady_time at;
  };

  hop_options options_;
  std::uint64_t hop_;
  std::size_t members_;
  lessee_state state_ = lessee_state::leasing;
  std::deque<given> loans_;
  std::deque<sent> sent_;
  std::uint64_t number_; ///< From where no earlier run of this node was.
  std::uint64_t heard_ = 0;
  std::uint64_t heard_number_ = 0;
  unsigned wanted_ = 0;
  steady_time answered_at_;
  steady_time leasing_sent_; ///< When the owner could last believe us to be leasing.
  steady_time ask_at_;
  std::uint32_t successes_ = 0;
  std::uint32_t failures_ = 0;
  std::uint32_t told_successes_ = 0; ///< With the request that is under way.
  std::uint32_t told_failures_ = 0;
  breaker_state breaker_ = breaker_state::closed;
  bool probe_ = false;
  steady_time probe_until_ = steady_time::min();
};

} // namespace troupe::policy
