// One HTTP call to a server of ours: what troupectl and tests need. It blocks.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/io/http_message.hpp"

#include <string>
#include <string_view>

namespace troupe::io {

struct http_client_options {
  std::string address;       ///< "unix:/path", "127.0.0.1:8025", "[::1]:8025".
  std::string authorization; ///< The header, or empty.
  seconds connect_timeout{5};
  seconds reply_timeout{30};
};

/// One request on a connection of its own; `target` has its query, encoded.
/// Any status is a response. Fails with peer_unreachable, timed_out or malformed.
[[nodiscard]] result<http_response> http_call(const http_client_options& options,
                                              std::string_view method, std::string_view target,
                                              std::string_view body = {});

} // namespace troupe::io
