// What a ROUTE and those who deliver for it say to each other. DELIVERY (SMTP and
// LMTP sessions) and POSTMAN (Maildir) stand behind the same face.

#pragma once

#include "actors/lease.hpp"
#include "actors/place_given.hpp"

#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

namespace troupe::actors {

/// Try these recipients. At most `prefetch_max` are with one worker.
struct deliver {
  lease_ptr what;
};

/// No more will come: finish what is in hand, say goodbye, end.
struct leave {};

using worker_actor = caf::typed_actor<
  caf::reacts_to<deliver>, caf::reacts_to<leave>,
  // From the POOL of places. What crosses it on its way is answered as not tried.
  caf::reacts_to<make_room>>;

/// How a worker's host behaved, for the window, the breaker and the memory of dead hosts.
enum class host_news : std::uint8_t {
  fine,        ///< It took part in an attempt as it should.
  faltered,    ///< 421, a timeout or a reset in the middle.
  unreachable, ///< No session could be had.
  unfit,       ///< It is well, but not what these letters ask for (RFC 8689): they go back.
  starved,     ///< We had no descriptor or memory to ask it: says nothing about the host.
};

/// A worker is through with one lease and ready for the next.
struct attempt_ended {
  attempt_finished attempt;
  host_news news = host_news::fine;
  bool session_goes_on = true; ///< False: the worker ends now; give it nothing more.
};

/// How dialling went, by "address:port".
struct dial_report {
  std::vector<std::string> deaf; ///< Did not answer.
  std::string answered;          ///< Did; or empty.
  std::vector<std::string> tls_broken{}; ///< Did, but could not shake hands.
};

/// A session stands (or none was needed).
struct session_opened {
  dial_report dialled;
};

/// The worker ends without anything in hand: its session was over while it was idle,
/// or none could be had.
struct session_ended {
  host_news news = host_news::fine;
  std::string why; ///< One line, for the operator.
  dial_report dialled;
};

/// What a worker tells its ROUTE. Sent urgent: the bound is `prefetch_max` each.
using foreman_actor = caf::typed_actor<caf::reacts_to<attempt_ended>,
                                       caf::reacts_to<session_opened>,
                                       caf::reacts_to<session_ended>>;

/// Leases with one worker: the one under way, and the one whose commands leave
/// pipelined behind its body.
inline constexpr std::size_t prefetch_max = 2;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::attempt_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::session_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::session_ended)
