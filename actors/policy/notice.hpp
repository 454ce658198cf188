// What a sender is to be told about a message (RFC 3464): a value that holds all
// that the writer needs, so that deciding and writing can be tested apart.

#pragma once

#include "net/core/envelope.hpp"
#include "net/core/message_id.hpp"
#include "net/core/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

/// One notice has one cause; recipients of different causes get notices of their own.
enum class notice_cause : std::uint8_t {
  failed,  ///< Refused for good.
  expired, ///< Tried for as long as is reasonable.
  delayed,
  success, ///< NOTIFY=SUCCESS: delivered, or relayed to a host that knows no DSN.
};

/// RFC 3464 §2.3.3.
enum class dsn_action : std::uint8_t { failed, delayed, delivered, relayed };

struct notice_recipient {
  recipient to;
  dsn_action action = dsn_action::failed;
  std::string status; ///< "5.1.1", always of the RFC 3463 form.
  std::string remote; ///< As in outcome: who said it; or empty.
  std::string
    diagnostic; ///< What the remote said, one line with the code; empty unless it was a remote.
  std::string reason; ///< Why, for a human, one line.
  wall_time last_attempt{};
};

struct notice {
  notice_cause cause = notice_cause::failed;
  message_id about;
  mailbox to; ///< The sender of that message, never null.
  wall_time received{};
  wall_time gives_up_at{}; ///< When mail that is only delayed expires.
  std::string envid;
  dsn_return ret = dsn_return::unset;
  body_type body = body_type::seven_bit;
  bool smtputf8 = false;
  int priority = 0;
  tls_wish tls = tls_wish::none; ///< Of that message.
  std::vector<notice_recipient> recipients; ///< At least one.
};

[[nodiscard]] std::string_view to_string(notice_cause cause) noexcept;
[[nodiscard]] std::string_view to_string(dsn_action action) noexcept;

} // namespace troupe::policy
