// The listening end of a port. Each I/O thread has its own on the same port
// (SO_REUSEPORT), so that the kernel deals connections out and no thread hands
// a socket to another.

#pragma once

#include "net/io/stream_socket.hpp"

#include <asio/basic_socket_acceptor.hpp>

#include <memory>

namespace troupe::io {

class acceptor {
public:
  explicit acceptor(event_loop& loop) : acceptor_(loop.context()) {}

  /// Binds and listens. Port 0 takes a free one, which `local` then names.
  /// Fails with refused (in use, no permission) or malformed.
  status listen(const endpoint& at);

  /// Calls `done(std::error_code)` when `accept` would find a connection.
  template <class F>
  void wait_acceptable(F done) {
    acceptor_.async_wait(decltype(acceptor_)::wait_read, std::move(done));
  }

  /// A connection that waits, or nothing; `failed` says what stood in the way
  /// (no descriptors left, …).
  [[nodiscard]] std::unique_ptr<stream_socket> accept(event_loop& loop, std::error_code& failed);

  /// Ends what `wait_acceptable` waits for; its `done` hears operation_aborted.
  void cancel() noexcept;
  void close() noexcept;
  [[nodiscard]] endpoint local() const;

private:
  asio::basic_socket_acceptor<stream_socket::protocol> acceptor_;
};

/// Whether somebody listens there already. The acceptors of one process share their
/// port, and the kernel would let a second process of the same user join in unseen.
/// Fails as `listen` does.
[[nodiscard]] status is_free(const endpoint& at);

} // namespace troupe::io
