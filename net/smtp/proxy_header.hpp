// The PROXY protocol's header (HAProxy's proxy-protocol.txt, versions 1 and 2): what a
// load balancer says, before anything else, about the client it speaks for. A reader
// without I/O; it never asks for a byte that is not the header's, so that what comes
// behind (SMTP, or a TLS handshake) stays where it is.

#pragma once

#include "net/core/ip_address.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

/// §2.1: the longest line of version 1, with its CRLF.
inline constexpr std::size_t proxy_line_bytes_max = 107;
/// Of version 2, behind its 16 fixed bytes: addresses (at most 216) and TLVs, which are skipped.
inline constexpr std::size_t proxy_block_bytes_max = 4096;

enum class proxy_progress : std::uint8_t { more, whole, broken };

/// Whom the connection is from.
struct proxied_client {
  /// False: the header vouches for nobody (LOCAL, UNKNOWN, a local socket, such as the
  /// balancer's own health check). The peer of the connection is the client then.
  bool is_known = false;
  ip_address address;
  std::uint16_t port = 0;
};

class proxy_header_reader {
public:
  /// How many bytes to read next, at most: none of them is beyond the header. At least 1
  /// until the header is whole or broken.
  [[nodiscard]] std::size_t room() const noexcept;

  /// @pre bytes.size() <= room()
  proxy_progress take(std::string_view bytes);

  [[nodiscard]] proxy_progress progress() const noexcept { return progress_; }
  /// Meaningful once whole.
  [[nodiscard]] const proxied_client& client() const noexcept { return client_; }

private:
  [[nodiscard]] proxy_progress read_line();
  [[nodiscard]] proxy_progress read_block();
  [[nodiscard]] proxy_progress read_addresses(std::string_view block, unsigned family);

  std::string held_;
  proxied_client client_;
  proxy_progress progress_ = proxy_progress::more;
};

} // namespace troupe::smtp
