#include "net/io/http_server.hpp"

#include "net/io/http_address.hpp"
#include "net/io/http_pattern.hpp"
#include "net/io/http_workers.hpp"

#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::io {

namespace {

// Everything goes to our own table; a dot would not match a line end.
constexpr const char* any_path = "[\\s\\S]*";
/// Connects that the kernel keeps for us. httplib's own 5 turns a burst away on a unix socket.
constexpr int backlog = 128;

void refuse(httplib::Response& response, int code, std::string_view name, std::string_view text) {
  response.status = code;
  response.set_content("{\"error\":{\"code\":\"" + std::string{name} + "\",\"message\":\""
                         + std::string{text} + "\"}}\n",
                       "application/json");
}

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

http_request read(const httplib::Request& raw) {
  http_request request;
  request.method = raw.method == "HEAD" ? "GET" : raw.method;
  request.path = raw.path;
  for (const auto& [name, value] : raw.params)
    request.query.emplace(name, value);
  request.body = raw.body;
  request.authorization = raw.get_header_value("Authorization");
  for (const auto& [name, value] : raw.headers) {
    auto& all = request.header[in_lower_case(name)];
    all += (all.empty() ? "" : ", ") + value;
  }
  return request;
}

} // namespace

class http_server::impl {
public:
  explicit impl(http_server_options options) : options_(std::move(options)) {}

  void route(std::string_view method, std::string_view pattern, handler serve) {
    routes_.push_back({std::string{method}, std::string{pattern}, std::move(serve)});
  }

  void guard_with(guard keeper) { guard_ = std::move(keeper); }

  status open() {
    const auto address = parse_http_address(options_.address);
    if (!address)
      return address.error();
    if (address->is_unix)
      if (auto claimed = claim_socket_path(address->host); !claimed)
        return claimed;
    configure(*address);
    if (!bind(*address) || ::listen(listening_, backlog) != 0)
      return error{errc::peer_unreachable, options_.address + ": " + std::strerror(errno)};
    if (address->is_unix)
      path_ = address->host;
    bound_ = true;
    return {};
  }

  status start() {
    if (!bound_)
      if (const auto good = open(); !good)
        return good;
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    // Until it runs, httplib ignores a stop.
    while (!server_.is_running())
      std::this_thread::yield();
    return {};
  }

  void stop() {
    if (!thread_.joinable())
      return;
    {
      const std::lock_guard lock{gate_.mutex};
      gate_.stopping = true;
      gate_.changed.notify_all();
    }
    server_.stop();
    thread_.join();
    if (!path_.empty())
      ::unlink(path_.c_str());
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
  struct entry {
    std::string method;
    std::string pattern;
    handler serve;
  };

  void configure(const http_address& address) {
    server_.new_task_queue = [this] {
      return new http_workers{gate_, options_.threads, options_.waiting_max};
    };
    server_.set_payload_max_length(options_.body_bytes_max);
    server_.set_read_timeout(options_.read_timeout.count());
    server_.set_write_timeout(options_.write_timeout.count());
    server_.set_keep_alive_timeout(options_.keep_alive.count());
    server_.set_keep_alive_max_count(options_.keep_alive_requests);
    server_.set_address_family(address.is_unix ? AF_UNIX : AF_UNSPEC);
    server_.set_socket_options([this, is_unix = address.is_unix](socket_t fd) {
      listening_ = fd;
      // Before bind, the mode of the socket becomes that of its file: at no time can
      // others connect. And without httplib's SO_REUSEPORT a taken port is an error.
      const int on = 1;
      if (is_unix)
        ::fchmod(fd, S_IRUSR | S_IWUSR);
      else
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server_.set_pre_routing_handler([this](const auto& raw, auto& response) {
      return screen(raw, response) ? httplib::Server::HandlerResponse::Unhandled
                                   : httplib::Server::HandlerResponse::Handled;
    });
    server_.set_exception_handler([](const auto&, auto& response, std::exception_ptr) {
      refuse(response, 500, "internal", "The handler failed");
    });
    const auto serve = [this](const httplib::Request& raw, httplib::Response& response) {
      dispatch(raw, response);
    };
    server_.Get(any_path, serve).Post(any_path, serve).Put(any_path, serve).Delete(any_path, serve);
  }

  bool bind(const http_address& address) {
    errno = 0;
    if (address.is_unix)
      return server_.bind_to_port(address.host, 80); // some port; httplib refuses none
    if (address.port == 0) {
      const int port = server_.bind_to_any_port(address.host);
      port_ = static_cast<std::uint16_t>(std::max(port, 0));
      return port > 0;
    }
    port_ = address.port;
    return server_.bind_to_port(address.host, address.port);
  }

  /// True if the request may go on. Runs before the body is read, because httplib
  /// bounds a body only if it has a length and is not compressed.
  bool screen(const httplib::Request& raw, httplib::Response& response) const {
    if (raw.target.size() > options_.path_bytes_max)
      refuse(response, 414, "limit_exceeded", "The path is too long");
    else if (raw.has_header("Transfer-Encoding"))
      refuse(response, 411, "malformed", "A body needs a Content-Length");
    else if (raw.has_header("Content-Encoding"))
      refuse(response, 415, "malformed", "A body must not be compressed");
    else if (!fits_any(raw.path))
      refuse(response, 404, "not_found", "No such path");
    else if (find(read(raw)).first == nullptr)
      refuse(response, 405, "refused", "Not with this method");
    else {
      // Without a length httplib would read until the peer hangs up; RFC 9112 §6.3
      // says that such a request has no body. The object itself is not const.
      if (!raw.has_header("Content-Length"))
        const_cast<httplib::Request&>(raw).set_header("Content-Length", "0");
      return true;
    }
    return false;
  }

  [[nodiscard]] bool fits_any(const std::string& path) const {
    return std::any_of(routes_.begin(), routes_.end(),
                       [&](const entry& x) { return match_path(x.pattern, path).has_value(); });
  }

  [[nodiscard]] std::pair<const entry*, std::map<std::string, std::string>>
  find(const http_request& request) const {
    for (const auto& x : routes_)
      if (x.method == request.method)
        if (auto parts = match_path(x.pattern, request.path))
          return {&x, std::move(*parts)};
    return {nullptr, {}};
  }

  void dispatch(const httplib::Request& raw, httplib::Response& response) const {
    auto request = read(raw);
    auto [found, parts] = find(request);
    if (found == nullptr)
      return refuse(response, 404, "not_found", "No such path");
    request.part = std::move(parts);
    std::optional<http_response> refused;
    if (guard_)
      refused = guard_(request);
    const auto answer = refused ? *std::move(refused) : found->serve(request);
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers)
      response.set_header(name, value);
    response.set_content(answer.body, answer.content_type);
  }

  http_server_options options_;
  std::vector<entry> routes_;
  guard guard_;
  http_gate gate_;
  httplib::Server server_;
  std::thread thread_;
  std::string path_;
  socket_t listening_ = -1;
  bool bound_ = false;
  std::uint16_t port_ = 0;
};

http_server::http_server(http_server_options options)
  : impl_(std::make_unique<impl>(std::move(options))) {}

http_server::~http_server() {
  stop();
}

void http_server::route(std::string_view method, std::string_view pattern, handler serve) {
  impl_->route(method, pattern, std::move(serve));
}

void http_server::guard_with(guard keeper) {
  impl_->guard_with(std::move(keeper));
}

status http_server::open() {
  return impl_->open();
}

status http_server::start() {
  return impl_->start();
}

void http_server::stop() {
  impl_->stop();
}

std::uint16_t http_server::port() const noexcept {
  return impl_->port();
}

} // namespace troupe::io
