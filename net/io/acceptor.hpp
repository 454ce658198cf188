// The listening end of a port, or of a socket in the file system. Each I/O thread has its
// own on the same port (SO_REUSEPORT), so that the kernel deals connections out and no
// thread hands a socket to another; a socket in the file system they `share`.

#pragma once

#include "net/io/stream_socket.hpp"

#include <asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace troupe::io {

class acceptor {
public:
  explicit acceptor(event_loop& loop) : acceptor_(loop.context()) {}
  ~acceptor() { close(); }

  /// Binds and listens. Port 0 takes a free one, which `local` then names. "unix:/path"
  /// makes a socket with these permissions, in place of one that nobody listens on any
  /// more; it is removed by `close`.
  /// Fails with refused (in use, no permission) or malformed.
  status listen(const endpoint& at, unsigned mode = 0600);

  /// Listens where `other` does, in another thread.
  status share(acceptor& other);

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
  status listen_in_file_system(const std::string& path, unsigned mode);

  asio::basic_socket_acceptor<stream_socket::protocol> acceptor_;
  std::string path_;        ///< Of the socket that is ours to remove; or empty.
  std::uint64_t inode_ = 0; ///< So that nobody else's is.
};

/// Whether somebody listens there already. The acceptors of one process share their
/// port, and the kernel would let a second process of the same user join in unseen.
/// Fails as `listen` does.
[[nodiscard]] status is_free(const endpoint& at);

} // namespace troupe::io
