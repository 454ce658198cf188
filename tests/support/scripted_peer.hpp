// A next hop on loopback that does what a test's script says, on a thread of its own.

#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace troupe::support {

class scripted_peer {
public:
  using script = std::function<void(scripted_peer&)>;

  explicit scripted_peer(script what) {
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(listening_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listening_, 8) != 0
        || ::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("no port for a peer");
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, act = std::move(what)] {
      act(*this);
      hang_up();
    });
  }

  ~scripted_peer() {
    ::shutdown(listening_, SHUT_RDWR); // wakes a script that waits for a caller,
    ::shutdown(connection_, SHUT_RDWR); // or for what he says
    thread_.join();
    ::close(listening_);
  }

  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  // ---- for the script

  void accept() {
    connection_ = ::accept(listening_, nullptr, nullptr);
    const timeval patience{10, 0};
    ::setsockopt(connection_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void say(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(connection_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// The next line without CRLF; empty when the caller is gone.
  std::string line() {
    for (;;) {
      if (const auto end = unread_.find("\r\n"); end != std::string::npos) {
        auto first = unread_.substr(0, end);
        unread_.erase(0, end + 2);
        return first;
      }
      char bytes[4096];
      const auto got = ::recv(connection_, bytes, sizeof bytes, 0);
      if (got <= 0)
        return {};
      unread_.append(bytes, static_cast<std::size_t>(got));
    }
  }

  /// Reads on until the caller is gone.
  void wait_until_left() {
    while (!line().empty()) {
    }
  }

  /// Reads lines up to the one that begins so; false when the caller left before.
  bool wait_for(std::string_view beginning) {
    for (auto got = line(); !got.empty(); got = line())
      if (got.starts_with(beginning))
        return true;
    return false;
  }

  void hang_up() {
    if (const int open = connection_.exchange(-1); open >= 0)
      ::close(open);
  }

  /// Greets, and answers EHLO without any extension.
  void greet() {
    accept();
    say("220 peer.test\r\n");
    wait_for("EHLO");
    say("250 peer.test\r\n");
  }

private:
  int listening_ = -1;
  std::atomic<int> connection_{-1};
  std::uint16_t port_ = 0;
  std::string unread_;
  std::thread thread_;
};

} // namespace troupe::support
