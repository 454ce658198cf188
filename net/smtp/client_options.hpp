// How our outbound sessions speak: names, waits, bounds, and which extensions they use.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe::smtp {

enum class client_protocol : std::uint8_t {
  smtp, ///< RFC 5321: EHLO, then HELO if need be; one reply to a body.
  lmtp, ///< RFC 2033: LHLO; one reply to a body for each accepted recipient.
};

/// BDAT instead of DATA (RFC 3030), where the peer offers CHUNKING.
enum class chunking_use : std::uint8_t {
  never,       ///< A body without CRLF at its end gets one; BINARYMIME fails with 5.6.3.
  when_needed, ///< For a body that DATA would change: BINARYMIME, or no CRLF at its end.
  preferred,   ///< For every body.
};

enum class pipelining_use : std::uint8_t { never, when_offered }; ///< RFC 2920.

/// STARTTLS (RFC 3207), before anything about a message is said.
enum class starttls_use : std::uint8_t {
  never,
  when_offered, ///< Refused with a reply, the session goes on in plaintext.
  required,     ///< Not to be had: tls_refused.
  requiretls,   ///< The same; and where REQUIRETLS (RFC 8689) is not offered then: requiretls_refused.
};

/// RFC 5321 §4.5.3.2. Each counts from the last sign of progress: a whole reply,
/// or bytes of ours that went out. Bytes of a reply that is not whole are none.
struct client_timeouts {
  seconds greeting{300};        ///< §4.5.3.2.1.
  seconds hello{300};           ///< EHLO, HELO, LHLO, STARTTLS, AUTH.
  seconds handshake{60};        ///< From start_tls until it succeeded or failed.
  seconds mail{300};            ///< §4.5.3.2.2; RSET too.
  seconds recipient{300};       ///< §4.5.3.2.3.
  seconds data_initiation{120}; ///< §4.5.3.2.4.
  seconds data_block{180};      ///< §4.5.3.2.5: one write, or one BDAT chunk but the last.
  seconds final_dot{600};       ///< §4.5.3.2.6: for each reply, where LMTP has several.
  seconds quit{10};             ///< Nothing is lost with that reply.
};

/// Bounds on what a peer may make us read for one reply. Longer: protocol_error.
struct reply_limits {
  std::size_t line_bytes_max = 2048; ///< Without CRLF; at least 512 (§4.5.3.1.5).
  std::size_t lines_max = 128;
  std::size_t text_bytes_max = 16 * 1024; ///< In all lines together; at least 512.
};

/// Shared by all sessions of a route; outlives them.
struct client_options {
  client_protocol protocol = client_protocol::smtp;
  std::string hostname = "localhost"; ///< What we call ourselves in EHLO.
  client_timeouts timeouts;
  reply_limits replies;
  chunking_use chunking = chunking_use::when_needed;
  pipelining_use pipelining = pipelining_use::when_offered;
};

/// [delivery] reply_timeout: caps every wait. The final one keeps its ten minutes
/// unless `reply_timeout` is below the five that are its default.
void cap(client_timeouts& timeouts, seconds reply_timeout) noexcept;

/// Fails with malformed or limit_exceeded; detail names the field.
[[nodiscard]] status check(const client_options& options);

} // namespace troupe::smtp
