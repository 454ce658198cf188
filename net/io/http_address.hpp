// Where an HTTP server listens, or is called: a unix socket or a TCP address.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::io {

struct http_address {
  std::string host;       ///< An IP address, or the socket's path.
  std::uint16_t port = 0; ///< 0: any; unused for a path.
  bool is_unix = false;
};

/// "unix:/path", "127.0.0.1:9127", "[::1]:9127". Fails with malformed, also for a
/// path that is too long for a socket.
[[nodiscard]] result<http_address> parse_http_address(std::string_view text);

/// Makes room for a unix socket: a socket file on which nobody answers is removed.
/// Fails with peer_unreachable if someone does, or if it is no socket.
[[nodiscard]] status claim_socket_path(const std::string& path);

} // namespace troupe::io
