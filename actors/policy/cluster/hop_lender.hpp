// GOVERNOR's machine at the owner of a next hop: lends its sessions to the nodes (itself
// included), keeps its breaker, and never lends what somebody may be using without asking.
//
// What is out to a member at a moment: its greatest loan that is not over; or its share
// (sessions / members), if it has not proven within the last lease that it was leasing.
// The sum never exceeds the limit. A member falls back to its share two leases after its
// last request at the earliest, and what was lent of its share meanwhile is over by then.
//
// Only a mandated node lends (membership::mandated), so there is one owner at a time. A
// new one waits out the loans of the one before: for the length of a lease it prolongs
// what is reported to it, up to the share of each, and lends nothing more, nor a probe.

#pragma once

#include "actors/policy/cluster/hop_words.hpp"

#include <deque>
#include <map>
#include <optional>

namespace troupe::policy {

class hop_lender {
public:
  hop_lender(const hop_options& options, std::size_t members, steady_time mandated_since);

  /// @param members how many count: of the view that the mandate is for. Whoever asks is one.
  /// @pre the node is mandated now, and has been since the constructor or `mandated_anew`
  [[nodiscard]] loan lend(node_id to, const ask_loan& x, std::size_t members, steady_time now);

  /// The mandate was lost and regained: somebody else may have lent meanwhile.
  void mandated_anew(steady_time now);

  /// What could be in use now by all: never above the limit once the wait is over.
  [[nodiscard]] unsigned out(steady_time now) const;
  [[nodiscard]] bool waiting(steady_time now) const { return now < free_at_; }
  [[nodiscard]] breaker_view breaker(steady_time now) const { return breaker_.view(now); }

private:
  struct given {
    unsigned sessions;
    steady_time until;
  };
  struct answered {
    std::uint64_t sequence;
    steady_time at;
  };
  struct member {
    std::deque<given> loans;
    std::deque<answered> answers;
    std::uint64_t number = 0;
    steady_time leasing_at = steady_time::min(); ///< It was leasing then, or later.
    unsigned wanted = 0;
    unsigned share = 0;
  };

  unsigned loans_out(const member& x, steady_time now) const;
  unsigned out_to(const member& x, steady_time now) const;
  unsigned room_for(node_id to, unsigned wanted, steady_time now) const;
  void hear_breaker(const ask_loan& x, steady_time now);

  hop_options options_;
  std::size_t members_;
  steady_time free_at_;
  std::uint64_t sequence_; ///< From where no earlier run of this node was.
  std::map<node_id, member> known_;
  policy::breaker breaker_;
  steady_time probe_over_ = steady_time::min(); ///< The latest trial has surely ended.
};

} // namespace troupe::policy
