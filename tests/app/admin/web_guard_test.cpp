#include "app/admin/web_guard.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;
using troupe::io::http_request;

namespace {

http_request asking(std::string method, std::string path, std::map<std::string, std::string> header) {
  http_request x;
  x.method = std::move(method);
  x.path = std::move(path);
  x.header = std::move(header);
  if (!x.header.contains("host"))
    x.header["host"] = "127.0.0.1:8025";
  if (const auto at = x.header.find("authorization"); at != x.header.end())
    x.authorization = at->second;
  return x;
}

int status_of(const web_guard& by, const http_request& x) {
  const auto refused = by.check(x);
  return refused ? refused->status : 200;
}

} // namespace

TEST_CASE("web guard: Host is an address, localhost or the node's own name", "[admin]") {
  const web_guard open({"", {"mx1.example.org"}});
  const auto [host, status] = GENERATE(table<std::string, int>({
    {"127.0.0.1:8025", 200},       {"[::1]:8025", 200},           {"localhost", 200},
    {"LOCALHOST:8025", 200},       {"MX1.example.org:8025", 200}, {"192.0.2.1", 200},
    {"rebound.evil.test:8025", 403}, {"localhost.evil.test", 403}, {"127.0.0.1.evil.test", 403},
    {"127.0.0.1:8025, evil.test", 403}, {"[::1", 403},            {"evil.test, 127.0.0.1", 403},
    {"", 403},
  }));
  CAPTURE(host);
  CHECK(status_of(open, asking("GET", "/v1/status", {{"host", host}})) == status);
}

TEST_CASE("web guard: no page of a stranger reads or acts", "[admin]") {
  const web_guard open({"", {}});
  const std::string mark{act_header};
  CHECK(status_of(open, asking("POST", "/v1/shutdown", {})) == 403);
  CHECK(status_of(open, asking("POST", "/v1/shutdown", {{mark, "1"}})) == 200);
  CHECK(status_of(open, asking("DELETE", "/v1/x", {})) == 403);
  for (const char* origin : {"http://evil.test", "null", "http://127.0.0.1:9", "127.0.0.1:8025", "file://"}) {
    CAPTURE(origin);
    CHECK(status_of(open, asking("POST", "/v1/shutdown", {{mark, "1"}, {"origin", origin}})) == 403);
    CHECK(status_of(open, asking("GET", "/", {{"origin", origin}})) == 403);
  }
  CHECK(status_of(open, asking("POST", "/v1/reload", {{mark, "1"}, {"origin", "http://127.0.0.1:8025"}})) == 200);
  CHECK(status_of(open, asking("GET", "/v1/status", {{"sec-fetch-site", "cross-site"}})) == 403);
  CHECK(status_of(open, asking("GET", "/v1/status", {{"sec-fetch-site", "same-site"}})) == 403);
  CHECK(status_of(open, asking("GET", "/v1/status", {{"sec-fetch-site", "same-origin"}})) == 200);
  // A link to the console may stand anywhere.
  CHECK(status_of(open, asking("GET", "/", {{"sec-fetch-site", "cross-site"}})) == 200);
}

TEST_CASE("web guard: where there is a token, all but the console's files need it", "[admin]") {
  const web_guard guarded({"secret", {}});
  CHECK(status_of(guarded, asking("GET", "/", {})) == 200);
  CHECK(status_of(guarded, asking("GET", "/console/app.js", {})) == 200);
  CHECK(status_of(guarded, asking("GET", "/consoles", {})) == 401);
  for (const char* given : {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret"}) {
    CAPTURE(given);
    CHECK(status_of(guarded, asking("GET", "/v1/status", {{"authorization", given}})) == 401);
    CHECK(status_of(guarded, asking("GET", "/metrics", {{"authorization", given}})) == 401);
  }
  CHECK(status_of(guarded, asking("GET", "/v1/status", {{"authorization", "Bearer secret"}})) == 200);
  const auto refused = guarded.check(asking("GET", "/v1/status", {}));
  REQUIRE(refused);
  CHECK(refused->headers.front().first == "WWW-Authenticate");
}
