#include "net/io/acceptor.hpp"

#include <asio/ip/address.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace troupe::io {

namespace {

// The kernel cuts this to net.core.somaxconn.
constexpr int backlog = 4096;

error port_error(const endpoint& at, const std::error_code& why) {
  return {errc::refused, to_string(at) + ": " + why.message()};
}

} // namespace

status acceptor::listen(const endpoint& at) {
  std::error_code why;
  const auto address = asio::ip::make_address(at.address, why);
  if (why)
    return error{errc::malformed, to_string(at) + ": not an IP address"};
  const asio::ip::tcp::endpoint where(address, at.port);
  acceptor_.open(where.protocol(), why);
  if (why)
    return port_error(at, why);
  const int on = 1;
  ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (address.is_v6())
    ::setsockopt(acceptor_.native_handle(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // Inherited by what is accepted: replies go out at once.
  ::setsockopt(acceptor_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  acceptor_.bind(where, why);
  if (!why)
    acceptor_.listen(backlog, why);
  if (!why)
    acceptor_.non_blocking(true, why);
  if (why)
    return port_error(at, why);
  return {};
}

status is_free(const endpoint& at) {
  std::error_code why;
  const auto address = asio::ip::make_address(at.address, why);
  if (why)
    return error{errc::malformed, to_string(at) + ": not an IP address"};
  if (at.port == 0)
    return {};
  const asio::ip::tcp::endpoint where(address, at.port);
  asio::io_context unused;
  asio::ip::tcp::socket probe(unused);
  probe.open(where.protocol(), why);
  if (!why) {
    const int on = 1;
    ::setsockopt(probe.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.is_v6())
      ::setsockopt(probe.native_handle(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    probe.bind(where, why);
  }
  if (why)
    return port_error(at, why);
  return {};
}

std::unique_ptr<stream_socket> acceptor::accept(event_loop& loop, std::error_code& failed) {
  const int handle = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (handle < 0) {
    if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
      failed = std::error_code(errno, std::system_category());
    return nullptr;
  }
  const auto family = acceptor_.local_endpoint(failed).protocol().family();
  stream_socket::protocol::socket socket(loop.context());
  if (!failed)
    socket.assign(stream_socket::protocol(family, IPPROTO_TCP), handle, failed);
  if (failed) {
    ::close(handle);
    return nullptr;
  }
  return std::make_unique<stream_socket>(std::move(socket));
}

void acceptor::cancel() noexcept {
  std::error_code ignored;
  acceptor_.cancel(ignored);
}

void acceptor::close() noexcept {
  std::error_code ignored;
  acceptor_.close(ignored);
}

endpoint acceptor::local() const {
  std::error_code why;
  const auto where = acceptor_.local_endpoint(why);
  if (why)
    return {};
  asio::ip::tcp::endpoint ip;
  ip.resize(where.size());
  std::copy_n(reinterpret_cast<const char*>(where.data()), where.size(),
              reinterpret_cast<char*>(ip.data()));
  return {ip.address().to_string(), ip.port()};
}

} // namespace troupe::io
