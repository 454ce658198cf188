// A connected byte stream (TCP or Unix), read and written without blocking. The
// owner asks to be woken and then reads into a buffer it need not keep, so an idle
// connection holds no buffer at all.

#pragma once

#include "net/core/result.hpp"
#include "net/io/event_loop.hpp"

#include <asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace troupe::io {

/// Where a stream goes to, or listens.
struct endpoint {
  std::string address; ///< "192.0.2.1", "2001:db8::1", or "unix:/path".
  std::uint16_t port = 0;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// "192.0.2.1:25", "[2001:db8::1]:25", "unix:/path".
[[nodiscard]] std::string to_string(const endpoint& where);

/// How one try to read or write ended.
struct transfer {
  std::size_t bytes = 0;
  bool would_block = false; ///< Nothing now; wait and try again.
  bool ended = false;       ///< The peer closed its side (reading only).
  std::error_code failed;   ///< The connection is gone.
};

class stream_socket {
public:
  using protocol = asio::generic::stream_protocol;

  explicit stream_socket(event_loop& loop) : socket_(loop.context()) {}
  explicit stream_socket(protocol::socket socket) : socket_(std::move(socket)) {}

  /// Calls `done(std::error_code)` once connected or refused. The deadline is the
  /// owner's: `close` ends the attempt.
  template <class F>
  void connect(const endpoint& to, const std::string& from, F done) {
    if (const auto why = open(to, from)) {
      asio::post(socket_.get_executor(), [why, done = std::move(done)]() mutable { done(why); });
      return;
    }
    socket_.async_connect(remote_, std::move(done));
  }

  /// Calls `done(std::error_code)` when a read would not block.
  template <class F>
  void wait_readable(F done) {
    socket_.async_wait(protocol::socket::wait_read, std::move(done));
  }

  template <class F>
  void wait_writable(F done) {
    socket_.async_wait(protocol::socket::wait_write, std::move(done));
  }

  [[nodiscard]] transfer read_some(std::span<char> into) noexcept;
  [[nodiscard]] transfer write_some(std::string_view bytes) noexcept;

  /// Further bytes of the peer are refused with RST if any are unread: the owner
  /// calls `shut_write` first where the last words must arrive.
  void close() noexcept;
  void shut_write() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] endpoint peer() const;
  [[nodiscard]] endpoint local() const;

private:
  std::error_code open(const endpoint& to, const std::string& from);

  protocol::socket socket_;
  protocol::endpoint remote_;
};

} // namespace troupe::io
