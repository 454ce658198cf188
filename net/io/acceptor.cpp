#include "net/io/acceptor.hpp"

#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace troupe::io {

namespace {

// The kernel cuts this to net.core.somaxconn.
constexpr int backlog = 4096;

constexpr std::string_view socket_prefix = "unix:";

error port_error(const endpoint& at, const std::error_code& why) {
  return {errc::refused, to_string(at) + ": " + why.message()};
}

/// A socket that nobody listens on was left behind by a process that was killed.
status is_free_in_file_system(const endpoint& at) {
  const auto path = at.address.substr(socket_prefix.size());
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0)
    return {};
  if (!S_ISSOCK(there.st_mode))
    return error{errc::refused, to_string(at) + ": is there, and no socket"};
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return error{errc::malformed, to_string(at) + ": the path is too long"};
  asio::io_context unused;
  asio::local::stream_protocol::socket probe(unused);
  std::error_code why;
  probe.connect(asio::local::stream_protocol::endpoint(path), why);
  if (why == asio::error::connection_refused)
    return {};
  return port_error(at, why ? why : std::make_error_code(std::errc::address_in_use));
}

} // namespace

status acceptor::listen(const endpoint& at, unsigned mode) {
  if (at.address.starts_with(socket_prefix))
    return listen_in_file_system(at.address.substr(socket_prefix.size()), mode);
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

// Bound under another name and moved into place: nobody ever meets a socket that has
// other permissions, or that does not listen yet.
status acceptor::listen_in_file_system(const std::string& path, unsigned mode) {
  const endpoint at{std::string{socket_prefix} + path, 0};
  const auto fresh = path + ".new";
  if (const auto free = is_free(at); !free)
    return free.error();
  if (fresh.size() >= sizeof(sockaddr_un::sun_path))
    return error{errc::malformed, to_string(at) + ": the path is too long"};
  ::unlink(fresh.c_str()); // of a start that was killed
  std::error_code why;
  const asio::local::stream_protocol::endpoint where(fresh);
  acceptor_.open(where.protocol(), why);
  if (!why)
    acceptor_.bind(where, why);
  if (!why)
    acceptor_.listen(backlog, why);
  if (!why)
    acceptor_.non_blocking(true, why);
  struct stat made {};
  if (!why && (::chmod(fresh.c_str(), mode) != 0 || ::stat(fresh.c_str(), &made) != 0
               || ::rename(fresh.c_str(), path.c_str()) != 0)) {
    why = std::error_code(errno, std::system_category());
    ::unlink(fresh.c_str());
  }
  if (why)
    return port_error(at, why);
  path_ = path;
  inode_ = made.st_ino;
  return {};
}

status acceptor::share(acceptor& other) {
  const int handle = ::fcntl(other.acceptor_.native_handle(), F_DUPFD_CLOEXEC, 0);
  std::error_code why;
  if (handle < 0)
    why = std::error_code(errno, std::system_category());
  else
    acceptor_.assign(stream_socket::protocol(AF_UNIX, 0), handle, why);
  if (!why)
    return {};
  if (handle >= 0)
    ::close(handle);
  return port_error({std::string{socket_prefix} + other.path_, 0}, why);
}

status is_free(const endpoint& at) {
  if (at.address.starts_with(socket_prefix))
    return is_free_in_file_system(at);
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
  struct stat there {};
  if (!path_.empty() && ::lstat(path_.c_str(), &there) == 0 && there.st_ino == inode_)
    ::unlink(path_.c_str());
  path_.clear();
}

endpoint acceptor::local() const {
  std::error_code why;
  const auto where = acceptor_.local_endpoint(why);
  if (why)
    return {};
  if (where.data()->sa_family == AF_UNIX)
    return {std::string{socket_prefix} + path_, 0};
  asio::ip::tcp::endpoint ip;
  ip.resize(where.size());
  std::copy_n(reinterpret_cast<const char*>(where.data()), where.size(),
              reinterpret_cast<char*>(ip.data()));
  return {ip.address().to_string(), ip.port()};
}

} // namespace troupe::io
