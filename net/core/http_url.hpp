// A URL that an operator names: where something is to be posted.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe {

struct http_url {
  bool secure = true;      ///< https.
  std::string host;        ///< A name, or an IP address without brackets.
  std::uint16_t port = 443;
  std::string target = "/"; ///< With its query, as it stands.

  friend bool operator==(const http_url&, const http_url&) = default;
};

/// "http://collector.test:4318/v1/traces" (RFC 3986 §3). Fails with malformed (detail: what
/// is wrong), also for user names and fragments, which mean nothing here.
[[nodiscard]] result<http_url> parse_http_url(std::string_view text);

} // namespace troupe
