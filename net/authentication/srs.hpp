// SRS, the sender rewriting scheme: a forwarder sends on under a name of its own, so that
// SPF of the next hop asks it, and finds the way back in that name when the mail bounces.
//
//   SRS0=HHHH=TT=domain=local@forwarder        of the first forwarder
//   SRS1=HHHH=domain=rest@forwarder            of each later one, around the first's
//
// H is an HMAC over the rest, T the day. Pure: the caller brings the secret and the time.

#pragma once

#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <string>
#include <string_view>

namespace troupe::authentication {

/// A way back is open for so many days: the longest that a bounce takes.
inline constexpr unsigned srs_days_max = 21;

/// The name under which `sender` is sent on. The null sender stays null, and so does one
/// of the forwarder's own. Fails with limit_exceeded where the name would be too long.
[[nodiscard]] result<mailbox> forward_sender(const mailbox& sender, std::string_view forwarder,
                                             std::string_view secret, wall_time now);

/// True for a local part that only forward_sender makes.
[[nodiscard]] bool is_forwarded_sender(std::string_view local) noexcept;

/// Whom it stands for. Fails with malformed (no such name), refused (not our hash) or
/// timed_out (too old).
[[nodiscard]] result<mailbox> original_sender(const mailbox& forwarded, std::string_view secret, wall_time now);

} // namespace troupe::authentication
