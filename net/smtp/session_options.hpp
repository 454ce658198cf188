// What one listener lets its SMTP sessions do: bounds, waits, extensions.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe::smtp {

/// What becomes of a message with a bare CR or LF in it (RFC 5321 §2.3.8). Neither
/// way does such a byte ever end a line, a command or the message.
enum class bare_newline : std::uint8_t {
  reject,    ///< 550 5.6.11 after the real end.
  normalize, ///< Each becomes CRLF.
};

/// What a peer is to us; it decides what is offered beyond mail itself.
enum class peer_trust : std::uint8_t {
  stranger,
  trusted, ///< It may send to anywhere: by its network, or since it logged in.
};

/// LMTP (RFC 2033) begins with LHLO, and the end of a message gets a reply for each recipient.
enum class dialect : std::uint8_t { smtp, lmtp };
/// Whether peers may log in (RFC 4954), or must before they send mail.
enum class login_use : std::uint8_t { off, optional, required };

/// A line of a login, or an AUTH command, with its CRLF (RFC 4954 §4).
inline constexpr std::size_t login_line_bytes_max = 12288;
/// Whether peers may begin TLS (RFC 3207), or must before they send mail.
enum class tls_use : std::uint8_t { off, optional, required };

/// Shared by all sessions of a listener; outlives them.
struct session_options {
  std::string hostname = "localhost";   ///< In the greeting and the answer to EHLO.
  std::string greeting = "ESMTP Troupe"; ///< After the hostname in the 220; printable ASCII.

  std::size_t line_bytes_max = 2048;    ///< A command with its CRLF; at least 512 (§4.5.3.1.4).
  std::size_t recipients_max = 1000;    ///< Per transaction; at least 100 (§4.5.3.1.8).
  std::uint64_t message_bytes_max = 25u * 1024 * 1024; ///< Announced with SIZE (RFC 1870); never 0.
  unsigned errors_max = 20;             ///< Bad commands; the last one is followed by 421.
  unsigned messages_max = 1000;         ///< Accepted ones; the next MAIL gets 421.
  unsigned received_hops_max = 50;      ///< More Received fields than that: 554 5.4.6 (§6.3).

  /// The wait for a command, and once its first byte is here, for its end (§4.5.3.2.7).
  seconds idle_max{300};
  /// Within a message each `data_block_bytes` must arrive in this time, or in
  /// idle_max if that is shorter (§4.5.3.2.5), so that dripping bytes hold no session.
  seconds data_block_max{180};
  std::size_t data_block_bytes = 4096;

  /// The n-th bad command is answered this much later times n, up to the longest; 0: at once.
  milliseconds tarpit_step{0};
  milliseconds tarpit_longest{10'000};

  smtp::dialect dialect = dialect::smtp;
  smtp::bare_newline bare_newline = smtp::bare_newline::reject;
  login_use logins = login_use::off;
  tls_use starttls = tls_use::off; ///< Where TLS comes before the greeting: off.
  bool offers_smtputf8 = true;    ///< RFC 6531.
  bool offers_binary_mime = false; ///< RFC 3030.
  bool offers_limits = false;     ///< RFC 9422: RCPTMAX and MAILMAX.
  bool offers_dsn = true;         ///< RFC 3461.
  bool offers_requiretls = true;  ///< RFC 8689, within TLS only.
  bool offers_mt_priority = true; ///< RFC 6710, to trusted peers; to others never, and the
                                  ///< parameter gets 555: anybody would call itself urgent.
};

/// Fails with malformed or limit_exceeded; detail names the field.
[[nodiscard]] status check(const session_options& options);

} // namespace troupe::smtp
