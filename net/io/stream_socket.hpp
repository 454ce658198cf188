// A connected byte stream (TCP or Unix), read and written without blocking. The
// owner asks to be woken and then reads into a buffer it need not keep, so an idle
// connection holds no buffer at all. From `begin_tls` on it carries TLS; what is read and
// written afterwards is what is inside, and the face stays the same.

#pragma once

#include "net/core/result.hpp"
#include "net/io/event_loop.hpp"
#include "net/io/tls_channel.hpp"
#include "net/io/transfer.hpp"

#include <asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
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

  /// Calls `done(std::error_code)` when a read would not block, or with TLS may not.
  template <class F>
  void wait_readable(F done) {
    wait(tls_ && tls_->is_up() ? tls_->read_waits_for() : readiness::readable, std::move(done));
  }

  template <class F>
  void wait_writable(F done) {
    wait(tls_ && tls_->is_up() ? tls_->write_waits_for() : readiness::writable, std::move(done));
  }

  [[nodiscard]] transfer read_some(std::span<char> into) noexcept;
  /// After one that would block the next has the same bytes, or those and more behind
  /// them: TLS has begun with them already.
  [[nodiscard]] transfer write_some(std::string_view bytes) noexcept;

  /// TLS from here on, as a server. Until the handshake is finished nothing is read or
  /// written: `shake_hands`, wait for what it wants, again. The deadline is the owner's.
  /// @pre open, no TLS yet, and what was read so far is all used up or forgotten
  void begin_tls(tls_context_ptr context);
  /// The same as a client.
  void begin_tls(tls_context_ptr context, const tls_demand& demand);
  /// @pre begin_tls was called
  [[nodiscard]] handshake_step shake_hands() { return tls_->shake_hands(); }
  /// Null in plaintext.
  [[nodiscard]] const tls_channel* tls() const noexcept { return tls_.get(); }

  /// Further bytes of the peer are refused with RST if any are unread: the owner
  /// calls `shut_write` first where the last words must arrive.
  void close() noexcept;
  void shut_write() noexcept;

  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  /// Of a socket in the file system: "unix:uid=1000", whom the kernel names.
  [[nodiscard]] endpoint peer() const;
  [[nodiscard]] endpoint local() const;

private:
  using readiness = tls_channel::readiness;

  template <class F>
  void wait(readiness what, F done) {
    switch (what) {
      case readiness::at_once:
        asio::post(socket_.get_executor(),
                   [done = std::move(done)]() mutable { done(std::error_code{}); });
        return;
      case readiness::readable:
        socket_.async_wait(protocol::socket::wait_read, std::move(done));
        return;
      case readiness::writable:
        socket_.async_wait(protocol::socket::wait_write, std::move(done));
        return;
    }
  }

  std::error_code open(const endpoint& to, const std::string& from);

  protocol::socket socket_;
  protocol::endpoint remote_;
  std::unique_ptr<tls_channel> tls_;
};

} // namespace troupe::io
