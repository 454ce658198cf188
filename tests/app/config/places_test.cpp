#include "app/config/places.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;

TEST_CASE("an endpoint reads back as it is written", "[config]") {
  const auto* text = GENERATE("0.0.0.0:25", "127.0.0.1:65535", "[::]:25", "[2001:db8::1]:587", "unix:/run/x.sock");
  CAPTURE(text);
  const auto at = parse_endpoint(text, host_names::refused);
  REQUIRE(at);
  CHECK(to_string(*at) == text);
}

TEST_CASE("an endpoint that no socket could have is refused", "[config]") {
  const auto* text = GENERATE("", ":25", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1",
                              "127.0.0.1:25x", "127.0.0.1: 25", "256.0.0.1:25", "::1:25", "[::1]", "[::1]25", "[127.0.0.1]:25",
                              "[::1", "[relay.test]:25", "unix:", "1.2.3:25", "relay..test:25");
  CAPTURE(text);
  CHECK_FALSE(parse_endpoint(text, host_names::refused));
  CHECK_FALSE(parse_endpoint(text, host_names::allowed));
}

TEST_CASE("a name stands for an address only where it may", "[config]") {
  CHECK_FALSE(parse_endpoint("relay.test:25", host_names::refused));
  const auto at = parse_endpoint("Relay.Test:25", host_names::allowed);
  REQUIRE(at);
  CHECK(at->host == "relay.test");
}

TEST_CASE("a socket path has the length that the system takes", "[config]") {
  CHECK(parse_endpoint("unix:" + std::string(107, 'x'), host_names::refused));
  CHECK_FALSE(parse_endpoint("unix:" + std::string(108, 'x'), host_names::refused));
}

TEST_CASE("via reads back as it is written", "[config]") {
  const auto* text = GENERATE("mx", "hold", "fail:550 Gone away", "smtp:127.0.0.1:2600", "smtp:[::1]:25",
                              "lmtp:mail.test:24", "lmtp:unix:/run/lmtp");
  CAPTURE(text);
  const auto how = parse_via(text);
  REQUIRE(how);
  CHECK(to_string(*how) == text);
}

TEST_CASE("the port of a next hop may be left out", "[config]") {
  CHECK(parse_via("smtp:relay.test")->hop.port == 25);
  CHECK(parse_via("lmtp:[::1]")->hop.port == 24);
}

TEST_CASE("what is no via is refused", "[config]") {
  const auto* text = GENERATE("", "MX", "mx:", "smtp", "smtp:", "smtp::25", "smtp:unix:/x", "lmtp:", "lmtp:unix:", "fail:",
                              "fail: ", "fail:a\r\nb", "hold ", "maildir:/x", "smtp:h:99999", "smtp:a b:25");
  CAPTURE(text);
  CHECK_FALSE(parse_via(text));
  CHECK_FALSE(parse_via("fail:" + std::string(401, 'x')));
}

TEST_CASE("deliver reads back as it is written", "[config]") {
  const auto* text = GENERATE("discard", "maildir:/srv/{domain}/{user}", "maildir:mail", "lmtp:unix:/x", "lmtp:127.0.0.1:24", "smtp:h.test:25");
  CAPTURE(text);
  const auto how = parse_deliver(text);
  REQUIRE(how);
  CHECK(to_string(*how) == text);
}

TEST_CASE("what is no deliver is refused", "[config]") {
  const auto* text = GENERATE("", "mx", "maildir", "maildir:", "maildir:/{usr}", "maildir:/{", "maildir:/}", "maildir:/{user", "hold");
  CAPTURE(text);
  CHECK_FALSE(parse_deliver(text));
}

TEST_CASE("a rate is a count in a time", "[config]") {
  CHECK(*parse_rate("1000/1m") == rate_limit{1000, seconds{60}});
  CHECK(to_string(*parse_rate("1000/60s")) == "1000/1m");
  const auto* text = GENERATE("", "1000", "/1m", "0/1m", "-1/1m", "1/", "1/0s", "1/500ms", "1/1500ms", "1/2d", "10000001/1m", "1 /1m", "1/m");
  CAPTURE(text);
  CHECK_FALSE(parse_rate(text));
}
