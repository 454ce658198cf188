// What SMTP says about a message beside its bytes (RFC 5321 §2.3.1), with the
// parameters of the DSN, 8BITMIME, SMTPUTF8, MT-PRIORITY and REQUIRETLS extensions.

#pragma once

#include "net/core/mailbox.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// RFC 3461 §4.1, as bits; none set means that NOTIFY was not given.
enum notify_bits : std::uint8_t {
  notify_unset = 0,
  notify_never = 1,
  notify_success = 2,
  notify_failure = 4,
  notify_delay = 8,
};

enum class dsn_return : std::uint8_t { unset, full, headers }; ///< RFC 3461 §4.3.

enum class body_type : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };

/// What a sender asks of the ways its message goes (RFC 8689).
enum class tls_wish : std::uint8_t {
  none,
  required, ///< REQUIRETLS: only by TLS with hosts that prove themselves and pass the wish on.
  optional, ///< "TLS-Required: No": whatever its recipients' domains ask of TLS, it is to arrive.
};

struct recipient {
  mailbox address;
  std::string orcpt;                      ///< "rfc822;ann@example.org" as given, xtext decoded; or empty.
  std::uint8_t notify = notify_unset;     ///< notify_bits.

  friend bool operator==(const recipient&, const recipient&) = default;
};

struct envelope {
  mailbox sender; ///< Null for notices.
  std::vector<recipient> recipients;
  body_type body = body_type::seven_bit;
  bool smtputf8 = false;
  std::string envid;                      ///< xtext decoded, or empty.
  dsn_return ret = dsn_return::unset;
  int priority = 0;                       ///< RFC 6710: -9..9.
  tls_wish tls = tls_wish::none;

  friend bool operator==(const envelope&, const envelope&) = default;
};

} // namespace troupe
