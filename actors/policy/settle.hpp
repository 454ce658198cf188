// What attempts did to a message: new states, due times and the notices that its
// sender gets. The SHARD stores the result as one transaction, notices included,
// so that a crash neither loses a bounce nor sends two.

#pragma once

#include "actors/policy/notice.hpp"
#include "actors/policy/retry.hpp"
#include "net/core/queued_message.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace troupe::policy {

/// How far a delivery went, which decides what a notice of success says.
enum class reach : std::uint8_t {
  relayed, ///< To another MTA.
  arrived, ///< Into the mailbox (Maildir, LMTP); see is_final.
};

struct attempt_result {
  std::size_t recipient = 0; ///< Index in queued_message::recipients.
  outcome what;
  reach how_far = reach::relayed;
};

struct settle_options {
  retry_options retry;
  unsigned crashes_max = 2; ///< A recipient in hand at so many crashes is held.
};

/// For logs and metrics: one for each result that changed something.
enum class settled_as : std::uint8_t {
  delivered,
  deferred,
  put_off, ///< Deferred without an attempt, for a new reason.
  failed,
  expired,
  held,
};
struct settled_event {
  std::size_t recipient = 0;
  settled_as what = settled_as::deferred;
};

struct settlement {
  queued_message mail;
  bool finished = false; ///< All recipients are settled: the message can go.
  std::vector<notice> notices;
  std::vector<settled_event> events;
};

/// The most that is kept and shown of a reply, in bytes.
inline constexpr std::size_t last_reply_bytes_max = 512;

/// Settles the results of one attempt. Results for recipients that are settled
/// already, twice for the same one, or out of range change nothing: leases lapse,
/// and a late result must not undo what an operator did. A delivery counts even for a held
/// recipient.
///
/// Failures of this settlement are one notice for each cause (refused, expired),
/// with all their recipients. NOTIFY is respected (RFC 3461 §4.1; unset means FAILURE and
/// DELAY), and a message from the null sender never causes a notice (RFC 5321 §6.1).
/// @pre check(options.retry) && 0 <= dice && dice < 1
[[nodiscard]] settlement settle(queued_message mail, std::span<const attempt_result> results,
                                const settle_options& options, wall_time now, double dice);

/// Their next hop takes nothing for now: they are due again after `wait`, or when they
/// expire if that is sooner, and no attempt is counted. Expiry and the delay notice are
/// as of an attempt. An event comes with a new reason only: a host may be ill for days.
/// @param results one for each recipient, of kind deferred
[[nodiscard]] settlement settle_put_off(queued_message mail, std::span<const attempt_result> results,
                                        seconds wait, const settle_options& options,
                                        wall_time now);

/// The worker that had these recipients in hand died without a word. They are due
/// at once, or held with the reason once they were in hand at too many crashes.
[[nodiscard]] settlement settle_interrupted(queued_message mail,
                                            std::span<const std::size_t> recipients,
                                            std::string_view reason, const settle_options& options,
                                            wall_time now);

/// Keeps recipients until an operator releases them, as a rule with via = "hold" asks.
[[nodiscard]] settlement settle_held(queued_message mail, std::span<const std::size_t> recipients,
                                     std::string_view reason, wall_time now);

/// Bounces what is not settled yet as an operator asked (`queue bounce`), with
/// `why` as the reason: 5.0.0, no reply of a remote.
[[nodiscard]] settlement settle_bounced(queued_message mail, std::string_view why, wall_time now);

} // namespace troupe::policy
