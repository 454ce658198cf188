#include "net/io/http_address.hpp"
#include "net/io/http_client.hpp"
#include "net/io/http_pattern.hpp"
#include "net/io/http_server.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

using namespace troupe;
using namespace troupe::io;

namespace {

struct http_fixture {
  std::filesystem::path folder;
  http_server_options options;
  std::unique_ptr<http_server> server;

  http_fixture() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-http-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    options.address = "unix:" + socket();
    options.keep_alive = seconds{1};
    options.read_timeout = seconds{1};
  }
  ~http_fixture() {
    server.reset();
    std::filesystem::remove_all(folder);
  }

  [[nodiscard]] std::string socket() const { return (folder / "admin.sock").string(); }

  void start() {
    server = std::make_unique<http_server>(options);
    server->route("GET", "/healthz", [](const auto&) { return http_response{200, "text/plain", "ok\n"}; });
    server->route("GET", "/messages/{id}/why", [](const auto& x) {
      return http_response{200, "text/plain", x.part.at("id") + "?" + (x.query.contains("q") ? x.query.at("q") : "")};
    });
    server->route("GET", "/actors/{path...}", [](const auto& x) {
      return http_response{200, "text/plain", x.part.at("path")};
    });
    server->route("POST", "/echo", [](const auto& x) {
      return http_response{201, "text/plain", x.authorization + "|" + x.body};
    });
    server->route("POST", "/throw", [](const auto&) -> http_response { throw std::runtime_error{"secret"}; });
    REQUIRE(server->start());
  }

  [[nodiscard]] http_response call(std::string_view method, std::string_view target, std::string_view body = {}) const {
    const auto answer = http_call({options.address, "Bearer t"}, method, target, body);
    REQUIRE(answer);
    return *answer;
  }

  /// What the server says to raw bytes until it hangs up.
  [[nodiscard]] std::string raw(const std::string& bytes) const {
    asio::io_context io;
    asio::local::stream_protocol::socket peer{io};
    peer.connect({socket()});
    asio::error_code ignored;
    asio::write(peer, asio::buffer(bytes), ignored);
    std::string all;
    asio::read(peer, asio::dynamic_buffer(all), ignored);
    return all;
  }
};

} // namespace

TEST_CASE_METHOD(http_fixture, "http: a call over the unix socket comes to its handler", "[io]") {
  start();
  CHECK(call("GET", "/healthz").body == "ok\n");
  CHECK(call("GET", "/messages/abc/why?q=a%20b").body == "abc?a b");
  CHECK(call("GET", "/actors/queue/shard/0").body == "queue/shard/0");
  CHECK(call("GET", "/actors").body.empty());
  const auto echo = call("POST", "/echo", "{\"a\":1}");
  CHECK(echo.status == 201);
  CHECK(echo.body == "Bearer t|{\"a\":1}");
  CHECK(call("POST", "/echo").body == "Bearer t|");
}

TEST_CASE_METHOD(http_fixture, "http: what has no handler is told so as JSON", "[io]") {
  start();
  CHECK(call("GET", "/nothing").status == 404);
  CHECK(call("GET", "/messages//why").status == 404);
  CHECK(call("GET", "/healthz/").status == 404);
  CHECK(call("GET", "/%0A").status == 404);
  CHECK(call("POST", "/healthz").status == 405);
  CHECK(call("GET", "/" + std::string(4000, 'a')).status == 414);
  CHECK(call("GET", "/nothing").body == "{\"error\":{\"code\":\"not_found\",\"message\":\"No such path\"}}\n");
}

TEST_CASE_METHOD(http_fixture, "http: a handler's exception is a 500 that tells no secrets", "[io]") {
  start();
  const auto answer = call("POST", "/throw");
  CHECK(answer.status == 500);
  CHECK(answer.body.find("secret") == std::string::npos);
  CHECK(call("GET", "/healthz").status == 200);
}

TEST_CASE_METHOD(http_fixture, "http: a body needs an honest and small size", "[io]") {
  options.body_bytes_max = 1000;
  start();
  CHECK(call("POST", "/echo", std::string(1000, 'x')).status == 201);
  CHECK(call("POST", "/echo", std::string(1001, 'x')).status == 413);
  CHECK(raw("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n").starts_with("HTTP/1.1 411"));
  CHECK(raw("POST /echo HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx").starts_with("HTTP/1.1 415"));
  // No length: no body, and no waiting for the peer to hang up.
  CHECK(raw("POST /echo HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 201"));
}

TEST_CASE_METHOD(http_fixture, "http: noise is refused or dropped, and others are still served", "[io]") {
  start();
  const auto noise = GENERATE(as<std::string>{}, "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                              "\x16\x03\x01\x02", "GET /healthz HTTP/1.1\r\nbad header\r\n");
  CAPTURE(noise);
  (void)raw(noise);
  CHECK(call("GET", "/healthz").status == 200);
}

TEST_CASE_METHOD(http_fixture, "http: a guard sees headers and may refuse before the handler runs", "[io]") {
  options.keep_alive_requests = 1;
  server = std::make_unique<http_server>(options);
  std::atomic<unsigned> ran{0};
  server->route("POST", "/act", [&](const auto&) {
    ++ran;
    return http_response{200, "text/plain", "", {{"X-Said", "yes"}}};
  });
  server->guard_with([](const http_request& x) -> std::optional<http_response> {
    const auto at = x.header.find("x-key");
    if (at != x.header.end() && at->second == "a, b")
      return std::nullopt;
    return http_response{403, "text/plain", "no"};
  });
  REQUIRE(server->start());
  const std::string act = "POST /act HTTP/1.1\r\nX-Key: a\r\nx-KEY: b\r\nContent-Length: 0\r\n\r\n";
  CHECK(raw(act).find("X-Said: yes") != std::string::npos);
  CHECK(ran == 1);
  // What stands in the body of a refused request is no request.
  CHECK(raw("POST /act HTTP/1.1\r\nContent-Length: " + std::to_string(act.size()) + "\r\n\r\n" + act)
          .starts_with("HTTP/1.1 403"));
  CHECK(raw("POST /nothing HTTP/1.1\r\nContent-Length: " + std::to_string(act.size()) + "\r\n\r\n" + act)
          .starts_with("HTTP/1.1 404"));
  CHECK(ran == 1);
}

TEST_CASE_METHOD(http_fixture, "http: a burst of connections is kept waiting, not turned away", "[io]") {
  options.threads = 1;
  options.waiting_max = 1;
  start();
  asio::io_context io;
  std::vector<asio::local::stream_protocol::socket> burst;
  for (int i = 0; i < 100; ++i) {
    auto& peer = burst.emplace_back(io);
    peer.open();
    peer.non_blocking(true);
    asio::error_code why;
    peer.connect({socket()}, why);
    REQUIRE(!why);
  }
}

TEST_CASE_METHOD(http_fixture, "http: the socket is for its owner only", "[io]") {
  start();
  struct stat there {};
  REQUIRE(::stat(socket().c_str(), &there) == 0);
  CHECK((there.st_mode & 0777) == 0600);
  server->stop();
  CHECK(::stat(socket().c_str(), &there) != 0);
}

TEST_CASE_METHOD(http_fixture, "http: a stale socket is replaced, a live one and a file are not", "[io]") {
  {
    asio::io_context io;
    asio::local::stream_protocol::acceptor left{io, {socket()}};
  }
  REQUIRE(std::filesystem::exists(socket()));
  start();
  CHECK(call("GET", "/healthz").status == 200);

  http_server second{options};
  const auto taken = second.start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().detail.ends_with("someone serves there"));
  CHECK(call("GET", "/healthz").status == 200);

  server.reset();
  std::ofstream{socket()} << "precious";
  http_server third{options};
  CHECK_FALSE(third.start());
  CHECK(std::filesystem::file_size(socket()) == 8);
}

TEST_CASE_METHOD(http_fixture, "http: over TCP, and a taken port is an error", "[io]") {
  options.address = "127.0.0.1:0";
  start();
  REQUIRE(server->port() != 0);
  const auto address = "127.0.0.1:" + std::to_string(server->port());
  CHECK(http_call({address, ""}, "GET", "/healthz")->status == 200);
  http_server second{{address}};
  const auto taken = second.start();
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == errc::peer_unreachable);
}

TEST_CASE_METHOD(http_fixture, "http: handlers run at once up to the number of threads, the rest wait", "[io]") {
  options.threads = 2;
  options.waiting_max = 1;
  server = std::make_unique<http_server>(options);
  std::mutex mutex;
  std::condition_variable changed;
  int inside = 0;
  int most = 0;
  bool open = false;
  server->route("GET", "/wait", [&](const auto&) {
    std::unique_lock lock{mutex};
    most = std::max(most, ++inside);
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
    --inside;
    return http_response{};
  });
  REQUIRE(server->start());
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  // As many as the library's backlog of a unix socket takes at the same instant.
  for (int i = 0; i < 6; ++i)
    callers.emplace_back([&] {
      const auto answer = http_call({options.address, ""}, "GET", "/wait");
      answered += answer && answer->status == 200;
    });
  {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return inside == 2; });
    open = true;
    changed.notify_all();
  }
  for (auto& x : callers)
    x.join();
  CHECK(most == 2);
  CHECK(answered == 6);
}

TEST_CASE_METHOD(http_fixture, "http: stopping does not wait for those who say nothing", "[io]") {
  options.threads = 1;
  options.waiting_max = 1;
  start();
  asio::io_context io;
  std::vector<asio::local::stream_protocol::socket> silent;
  for (int i = 0; i < 3; ++i)
    silent.emplace_back(io).connect({socket()});
  const auto began = steady_now();
  server->stop();
  CHECK(steady_now() - began < seconds{10});
  server->stop();
}

TEST_CASE("http: nobody there is an error of the caller's", "[io]") {
  CHECK(http_call({"unix:/nonexistent/troupe.sock", ""}, "GET", "/").error().code == errc::peer_unreachable);
  CHECK(http_call({"nonsense", ""}, "GET", "/").error().code == errc::malformed);
  CHECK(http_call({"unix:/nonexistent/troupe.sock", ""}, "GET", "/ HTTP/1.1\r\nX: y").error().code == errc::malformed);
}

TEST_CASE("http: addresses", "[io]") {
  CHECK(parse_http_address("127.0.0.1:9127")->port == 9127);
  CHECK(parse_http_address("[::1]:80")->host == "::1");
  CHECK(parse_http_address("unix:/run/x")->is_unix);
  const auto text = GENERATE(as<std::string>{}, "", "unix:", "9127", ":9127", "127.0.0.1", "127.0.0.1:x",
                             "::1:80", "[::1]", "[127.0.0.1]:80", "127.0.0.1:70000", "host:80");
  CAPTURE(text);
  CHECK_FALSE(parse_http_address(text));
}

TEST_CASE("http: a path for a socket has its limit", "[io]") {
  CHECK_FALSE(parse_http_address("unix:/" + std::string(200, 'a')));
}
