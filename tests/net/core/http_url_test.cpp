#include "net/core/http_url.hpp"

#include <catch2/catch.hpp>

using namespace troupe;

TEST_CASE("http url: scheme, host, port and target", "[core]") {
  CHECK(*parse_http_url("http://127.0.0.1:4318/v1/traces") == http_url{false, "127.0.0.1", 4318, "/v1/traces"});
  CHECK(*parse_http_url("https://collector.test") == http_url{true, "collector.test", 443, "/"});
  CHECK(*parse_http_url("http://collector.test") == http_url{false, "collector.test", 80, "/"});
  CHECK(*parse_http_url("https://[2001:db8::1]:8443/a?b=c") == http_url{true, "2001:db8::1", 8443, "/a?b=c"});
  CHECK(*parse_http_url("https://[::1]?b") == http_url{true, "::1", 443, "/?b"});
}

TEST_CASE("http url: anything else is refused", "[core]") {
  const auto text = GENERATE("", "collector.test", "ftp://a/", "http://", "http:///x", "http://:80/", "http://a:/", "http://a:0/",
                             "http://a:65536/", "http://a:80x/", "http://a b/", "http://a/\r\nX: y", "http://u:p@a/", "http://a/#x",
                             "http://[::1/", "http://[::1]80/");
  CAPTURE(text);
  const auto parsed = parse_http_url(text);
  CHECK((!parsed && parsed.error().code == errc::malformed));
}
