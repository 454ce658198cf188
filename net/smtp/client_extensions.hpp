// What a peer offers in its answer to EHLO or LHLO.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::smtp {

struct client_extensions {
  bool extended = false;       ///< It answered EHLO or LHLO; after HELO all is false.
  bool pipelining = false;     ///< RFC 2920.
  bool eight_bit_mime = false; ///< RFC 6152.
  bool smtputf8 = false;       ///< RFC 6531.
  bool dsn = false;            ///< RFC 3461.
  bool chunking = false;       ///< RFC 3030.
  bool binary_mime = false;    ///< RFC 3030; counts only with chunking.
  bool mt_priority = false;    ///< RFC 6710.
  bool starttls = false;       ///< RFC 3207.
  bool requiretls = false;     ///< RFC 8689; counts only within TLS.
  std::vector<std::string> logins; ///< RFC 4954: the mechanisms.
  bool size = false;           ///< RFC 1870: takes SIZE=.
  std::uint64_t size_max = 0;  ///< Its fixed limit; 0 is none.
  std::uint32_t mail_max = 0;  ///< RFC 9422, as the next two: messages on one session; 0 is none.
  std::uint32_t rcpt_max = 0;  ///< Recipients of one message.
  std::uint32_t rcpt_domain_max = 0; ///< Domains of recipients on one session.

  friend bool operator==(const client_extensions&, const client_extensions&) = default;
};

/// Reads one line of the answer after the first, without its code: "SIZE 1000".
/// What is unknown or malformed is passed over (RFC 5321 §4.1.1.1).
void add_extension(client_extensions& offers, std::string_view line);

} // namespace troupe::smtp
