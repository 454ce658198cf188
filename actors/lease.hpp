// A lease: some recipients of one message, handed out by their SHARD to the ROUTE
// of their next hop until it says what became of them. It lives in memory only; on
// disk the recipients stay queued, so a crash sends them again and loses none.

#pragma once

#include "actors/policy/routing.hpp"
#include "actors/policy/settle.hpp"
#include "net/core/queued_message.hpp"

#include <caf/typed_actor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

struct lease;
using lease_ptr = std::shared_ptr<const lease>;

enum class attempt_end : std::uint8_t {
  made,      ///< `results` has one for each recipient of the lease.
  not_made,  ///< Nothing was tried: they are ready again at once.
  closing,   ///< Nothing was tried, and this ROUTE takes no more: another one will.
  put_off,   ///< Nothing was tried: they wait for `wait` as `results` say, no attempt counted.
  crashed,   ///< The worker died with them in hand.
  stopped,   ///< Somebody ended the worker with them in hand: ready again, nobody's fault.
};

/// What became of a lease.
struct attempt_finished {
  lease_ptr what;
  attempt_end end = attempt_end::made;
  std::vector<policy::attempt_result> results;
  std::string why; ///< Of a crash.
  milliseconds took{0};
  seconds wait{0}; ///< Of what is put off, from now.
};

/// Leases have come back: look into the ledger. Sent urgent, since its bound is the credit.
struct leases_returned {};

/// Of a message that was put off: these recipients.
struct put_off_mail {
  message_id id;
  std::vector<std::size_t> recipients; ///< Indices in mail->recipients.
};

/// What kept them from being tried is over: they are due now, if they still wait. From
/// their ROUTE, which names at most put_off_known_max.
struct bring_back {
  std::vector<put_off_mail> all;
};
inline constexpr std::size_t put_off_known_max = 10'000;

/// Who hands out leases: its SHARD.
using lessor_actor
  = caf::typed_actor<caf::reacts_to<leases_returned>, caf::reacts_to<bring_back>>;

class lease_ledger;

struct lease {
  std::shared_ptr<const queued_message> mail;
  body_ptr body;
  std::vector<std::size_t> recipients; ///< Indices in mail->recipients.
  policy::next_hop hop;                ///< Where the rules sent these.
  std::shared_ptr<lease_ledger> from;  ///< Of the SHARD that is on stage by then.
  steady_time since;
  /// Where it has not been tried by then, the SHARD wants it back, put off: it expires,
  /// or its sender is to be told that it is late.
  wall_time look_again = wall_time::max();
};

/// To its SHARD, whoever plays it by now. From any thread.
void hand_back(attempt_finished what);

/// The same outcome for every recipient of a lease.
[[nodiscard]] std::vector<policy::attempt_result> results_for_all(const lease& what,
                                                                  const outcome& same);

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::attempt_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::leases_returned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::bring_back)
