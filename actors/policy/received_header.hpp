// The trace fields that we add: Received on the way in (RFC 5321 §4.4),
// Return-Path at final delivery.

#pragma once

#include "net/core/ip_address.hpp"
#include "net/core/mailbox.hpp"
#include "net/core/message_id.hpp"
#include "net/core/time.hpp"

#include <string>
#include <string_view>

namespace troupe::policy {

/// How the message came in; names its protocol (RFC 3848, RFC 6531 §4.3).
struct trace_protocol {
  bool extended = true; ///< EHLO (or LHLO).
  bool lmtp = false;
  bool tls = false;
  bool authenticated = false;
  bool smtputf8 = false;
};

/// "SMTP", "ESMTP", "ESMTPS", "ESMTPSA", "UTF8SMTPS", "LMTP", ...
[[nodiscard]] std::string with_protocol(const trace_protocol& how);

struct trace {
  std::string_view helo;     ///< As the peer said it; hostile.
  ip_address peer;           ///< None: a local socket, "[unix]" is shown.
  std::string_view hostname; ///< Ours.
  trace_protocol protocol;
  std::string_view tls_version; ///< "TLSv1.3"
  std::string_view tls_cipher;  ///< "TLS_AES_256_GCM_SHA384"; empty: none, or it isn't told.
  message_id id;
  const mailbox* only_recipient
    = nullptr; ///< Null when there are several: others must not see them (RFC 5321 §7.2).
  wall_time now{};
};

/// The whole field, folded, with its CRLF. No line is longer than 998 octets,
/// whatever the peer said.
[[nodiscard]] std::string received_header(const trace& what);

/// "Return-Path: <ann@example.org>" with its CRLF; "<>" for the null sender.
[[nodiscard]] std::string return_path_header(const mailbox& sender);

/// "swaks.example [192.0.2.7]": the client as queued_message keeps it, HELO cleaned and cut.
[[nodiscard]] std::string client_name(std::string_view helo, const ip_address& peer);

} // namespace troupe::policy
