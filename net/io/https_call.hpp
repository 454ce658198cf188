// One HTTPS call to a stranger, by libcurl: what fetching a policy (RFC 8461) needs. And one to
// a collector of the operator's own, which may do without TLS. It blocks, for `wait` at most in all. Redirects are not followed,
// proxies of the environment not used, and names not looked up: the caller brings addresses.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/io/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::io {

struct https_request {
  bool secure = true; ///< False: plain HTTP, where the operator said so.
  std::string host;   ///< Whose certificate it must be; an IP address without brackets.
  std::uint16_t port = 443;
  std::vector<std::string> addresses; ///< Tried in turn.
  std::string target = "/";           ///< With its query, encoded.
  std::string ca_file;                ///< PEM of trusted roots; empty: the system's.
  milliseconds wait{30'000};
  std::size_t bytes_max = 64 * 1024; ///< Of the body of the answer.

  std::string body; ///< Not empty: POST, else GET.
  std::string content_type;
};

/// Any status is a response. Fails with peer_unreachable (the certificate's fault too),
/// timed_out, limit_exceeded (bytes_max) or malformed (the request).
[[nodiscard]] result<http_response> https_call(const https_request& request);

} // namespace troupe::io
