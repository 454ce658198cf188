// A small HTTP server for operators and scrapers, on a unix socket or a TCP
// address. It has threads of its own, so a handler may wait (with a deadline) for
// an actor's answer. Not for the open internet: no TLS, few threads.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"
#include "net/io/http_message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::io {

struct http_server_options {
  std::string address;                     ///< "unix:/path" or "127.0.0.1:9127", "[::1]:0".
  std::size_t threads = 4;                 ///< Connections served at once.
  std::size_t waiting_max = 16;            ///< Connections taken and not yet served; then accept stops.
  std::size_t body_bytes_max = 1024 * 1024;///< Of a request; above it 413.
  std::size_t path_bytes_max = 2048;       ///< Above it 414.
  seconds read_timeout{5};
  seconds write_timeout{5};
  seconds keep_alive{2};                   ///< Idle time between requests; bounds stop() too.
  std::size_t keep_alive_requests = 100;   ///< On one connection.
};

class http_server {
public:
  using handler = std::function<http_response(const http_request&)>;
  /// Nothing: the request may go on.
  using guard = std::function<std::optional<http_response>(const http_request&)>;

  explicit http_server(http_server_options options);
  ~http_server(); ///< Stops.

  /// Serves `pattern`: "/v1/queue/messages/{id}", where "{id}" stands for one
  /// segment, and a last "{path...}" for all that is left. The first that matches
  /// wins. A handler runs on one of our threads, several at once, and should answer
  /// within its own deadline; what it throws is a 500.
  /// @pre not started
  void route(std::string_view method, std::string_view pattern, handler serve);

  /// Asks `keeper` before every handler; runs on the same threads.
  /// Who fears requests in the unread body of a refused one sets keep_alive_requests to 1.
  /// @pre not started
  void guard_with(guard keeper);

  /// Binds, so that whoever needs root for it may give it up before `start`; else `start`
  /// does. Connections wait. Fails as `start` does.
  [[nodiscard]] status open();

  /// Binds and serves. A unix socket has mode 0600; a stale one is replaced, one that
  /// someone answers on is not. Fails with peer_unreachable (taken, no permission;
  /// detail says which) or malformed (no address).
  [[nodiscard]] status start();

  /// Takes no more, lets running handlers end, and joins. Harmless twice.
  void stop();

  /// The TCP port that it was given, 0 for a unix socket.
  /// @pre started
  [[nodiscard]] std::uint16_t port() const noexcept;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::io
