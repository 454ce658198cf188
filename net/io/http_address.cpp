#include "net/io/http_address.hpp"

#include "net/core/ip_address.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace troupe::io {

namespace {

error failed(const std::string& path, const std::string& why) {
  return {errc::peer_unreachable, path + ": " + why};
}

/// 0, or the errno of a connect to the socket at `path`.
int try_connect(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return errno;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  const int code = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 ? 0 : errno;
  ::close(fd);
  return code;
}

} // namespace

result<http_address> parse_http_address(std::string_view text) {
  const error none{errc::malformed, "not an address to serve on: \"" + std::string{text} + "\""};
  if (text.starts_with("unix:")) {
    text.remove_prefix(5);
    if (text.empty() || text.size() >= sizeof(sockaddr_un::sun_path)
        || text.find('\0') != std::string_view::npos)
      return none;
    return http_address{std::string{text}, 0, true};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return none;
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  const auto address = parse_ip_address(host);
  if (!address || (host.find(':') != std::string_view::npos) != bracketed)
    return none;
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data() + colon + 1, end, port);
  if (why != std::errc{} || stop != end)
    return none;
  return http_address{to_string(*address), port, false};
}

status claim_socket_path(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0)
    return errno == ENOENT ? status{} : status{failed(path, std::strerror(errno))};
  if (!S_ISSOCK(there.st_mode))
    return failed(path, "is there and is no socket");
  // Only a refused connect says that the maker of the file is gone.
  if (const int code = try_connect(path); code != ECONNREFUSED)
    return failed(path, code == 0 || code == EAGAIN ? "someone serves there" : std::strerror(code));
  if (::unlink(path.c_str()) != 0)
    return failed(path, std::strerror(errno));
  return {};
}

} // namespace troupe::io
