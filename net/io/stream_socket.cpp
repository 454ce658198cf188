#include "net/io/stream_socket.hpp"

#include "net/core/expect.hpp"

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace troupe::io {

namespace {

constexpr std::string_view unix_prefix = "unix:";

endpoint from_generic(const stream_socket::protocol::endpoint& where) {
  switch (where.data()->sa_family) {
    case AF_INET: case AF_INET6: {
      asio::ip::tcp::endpoint ip;
      ip.resize(where.size());
      std::copy_n(reinterpret_cast<const char*>(where.data()), where.size(),
                  reinterpret_cast<char*>(ip.data()));
      auto address = ip.address();
      if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
      return {address.to_string(), ip.port()};
    }
    default: return {std::string{unix_prefix}, 0};
  }
}

} // namespace

std::string to_string(const endpoint& where) {
  if (where.address.starts_with(unix_prefix))
    return where.address;
  if (where.address.find(':') != std::string::npos)
    return '[' + where.address + "]:" + std::to_string(where.port);
  return where.address + ':' + std::to_string(where.port);
}

std::error_code stream_socket::open(const endpoint& to, const std::string& from) {
  std::error_code why;
  if (to.address.starts_with(unix_prefix)) {
    const auto path = to.address.substr(unix_prefix.size());
    if (path.size() >= sizeof(sockaddr_un::sun_path))
      return std::make_error_code(std::errc::filename_too_long);
    remote_ = asio::local::stream_protocol::endpoint(path);
  } else {
    const auto address = asio::ip::make_address(to.address, why);
    if (why)
      return why;
    remote_ = asio::ip::tcp::endpoint(address, to.port);
  }
  socket_.open(remote_.protocol(), why);
  if (why)
    return why;
  socket_.non_blocking(true, why);
  if (!why && !from.empty()) {
    const auto address = asio::ip::make_address(from, why);
    if (!why)
      socket_.bind(asio::ip::tcp::endpoint(address, 0), why);
  }
  if (remote_.protocol().family() != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return why;
}

transfer stream_socket::read_some(std::span<char> into) noexcept {
  if (tls_)
    return tls_->read_some(into);
  transfer done;
  ssize_t got = 0;
  do
    got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got > 0)
    done.bytes = static_cast<std::size_t>(got);
  else if (got == 0)
    done.ended = true;
  else if (errno == EAGAIN)
    done.would_block = true;
  else
    done.failed = std::error_code(errno, std::system_category());
  return done;
}

transfer stream_socket::write_some(std::string_view bytes) noexcept {
  if (tls_)
    return tls_->write_some(bytes);
  transfer done;
  ssize_t put = 0;
  do
    put = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (put < 0 && errno == EINTR);
  if (put >= 0)
    done.bytes = static_cast<std::size_t>(put);
  else if (errno == EAGAIN)
    done.would_block = true;
  else
    done.failed = std::error_code(errno, std::system_category());
  return done;
}

void stream_socket::begin_tls(tls_context_ptr context) {
  TROUPE_EXPECT(!tls_ && is_open());
  tls_ = std::make_unique<tls_channel>(std::move(context), socket_.native_handle());
}

void stream_socket::begin_tls(tls_context_ptr context, const tls_demand& demand) {
  TROUPE_EXPECT(!tls_ && is_open());
  tls_ = std::make_unique<tls_channel>(std::move(context), socket_.native_handle(), demand);
}

void stream_socket::close() noexcept {
  tls_.reset(); // before its descriptor can become somebody else's
  std::error_code ignored;
  socket_.close(ignored);
}

void stream_socket::shut_write() noexcept {
  if (tls_)
    tls_->shut_write();
  std::error_code ignored;
  socket_.shutdown(protocol::socket::shutdown_send, ignored);
}

endpoint stream_socket::peer() const {
  std::error_code why;
  const auto where = socket_.remote_endpoint(why);
  if (why)
    return {};
  auto peer = from_generic(where);
  ucred who{};
  socklen_t size = sizeof who;
  if (where.data()->sa_family == AF_UNIX
      && ::getsockopt(const_cast<protocol::socket&>(socket_).native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0)
    peer.address += "uid=" + std::to_string(who.uid);
  return peer;
}

endpoint stream_socket::local() const {
  std::error_code why;
  const auto where = socket_.local_endpoint(why);
  return why ? endpoint{} : from_generic(where);
}

} // namespace troupe::io
