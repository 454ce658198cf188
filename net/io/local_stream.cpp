#include "net/io/local_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace troupe::io {

namespace {

error unreachable(const char* what, int why) {
  return {errc::peer_unreachable, std::string(what) + ": " + std::strerror(why)};
}

status wait_for(int descriptor, short events, steady_time deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_now()).count();
    if (left <= 0)
      return error{errc::timed_out, "no answer in time"};
    pollfd one{descriptor, events, 0};
    const auto wait = static_cast<int>(std::min<long>(left, std::numeric_limits<int>::max()));
    const auto ready = ::poll(&one, 1, wait);
    if (ready > 0)
      return {};
    if (ready < 0 && errno != EINTR)
      return unreachable("poll", errno);
  }
}

} // namespace

local_stream::local_stream(local_stream&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)) {}

local_stream& local_stream::operator=(local_stream&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

local_stream::~local_stream() { close(); }

void local_stream::close() noexcept {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

result<local_stream> local_stream::connect(const std::string& path, steady_time deadline) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path)
    return error{errc::peer_unreachable, "the path is too long for a socket"};
  std::copy(path.begin(), path.end(), to.sun_path);
  local_stream made{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!made.is_open())
    return unreachable("socket", errno);
  // A full backlog says EAGAIN at once; poll would tell nothing about that.
  while (::connect(made.descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    if (errno == EINTR)
      continue;
    if (errno != EAGAIN)
      return unreachable("connect", errno);
    if (steady_now() >= deadline)
      return error{errc::timed_out, "its backlog is full"};
    ::poll(nullptr, 0, 10);
  }
  return made;
}

status local_stream::send(std::string_view bytes, steady_time deadline) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR)
      continue;
    if (errno != EAGAIN)
      return unreachable("send", errno);
    if (const auto ready = wait_for(descriptor_, POLLOUT, deadline); !ready)
      return ready;
  }
  return {};
}

result<std::size_t> local_stream::receive(std::span<char> into, steady_time deadline) {
  while (true) {
    if (const auto ready = wait_for(descriptor_, POLLIN, deadline); !ready)
      return ready.error();
    const auto got = ::recv(descriptor_, into.data(), into.size(), 0);
    if (got > 0)
      return static_cast<std::size_t>(got);
    if (got == 0)
      return error{errc::peer_unreachable, "it hung up"};
    if (errno != EINTR && errno != EAGAIN)
      return unreachable("recv", errno);
  }
}

} // namespace troupe::io
