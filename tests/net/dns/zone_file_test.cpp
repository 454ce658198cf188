#include "net/dns/zone_file.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::dns;

namespace {

std::vector<std::string> lines(const zone& read) {
  std::vector<std::string> out;
  for (const auto& x : read.records)
    out.push_back(to_string(x));
  return out;
}

const std::string too_long_text = "a.test TXT " + std::string(256, 'x');

} // namespace

TEST_CASE("zone file: directives, owners and defaults", "[dns]") {
  const auto read = parse_zone_file("; comment\n"
                                    "free.test MX 5 mx.free.test\n"
                                    "$ORIGIN Relay.test.\n"
                                    "$TTL 60\n"
                                    "@      IN MX 10 mx\r\n"
                                    "          MX 20 mx2.other.test. ; second\n"
                                    "mx  90 IN A 192.0.2.1\n"
                                    "    IN 91 AAAA 2001:DB8::1\n"
                                    "null   MX 0 .\n"
                                    "www    CNAME w2\n"
                                    "w2     CNAME mx\n"
                                    "t      TXT \"v=spf1 ; -all\" two\n");
  REQUIRE(read);
  CHECK(read->origins == std::vector<std::string>{"relay.test"});
  CHECK(lines(*read)
        == std::vector<std::string>{
          "free.test. 300 IN MX 5 mx.free.test.", "relay.test. 60 IN MX 10 mx.relay.test.",
          "relay.test. 60 IN MX 20 mx2.other.test.", "mx.relay.test. 90 IN A 192.0.2.1",
          "mx.relay.test. 91 IN AAAA 2001:db8::1", "null.relay.test. 60 IN MX 0 .",
          "t.relay.test. 60 IN TXT \"v=spf1 ; -all\" \"two\"", "w2.relay.test. 90 IN A 192.0.2.1",
          "w2.relay.test. 91 IN AAAA 2001:db8::1", "www.relay.test. 90 IN A 192.0.2.1",
          "www.relay.test. 91 IN AAAA 2001:db8::1"});
}

TEST_CASE("zone file: what is wrong is told with its line", "[dns]") {
  const auto text = GENERATE(as<std::string>{}, "a.test A 192.0.2", "a.test A 2001:db8::1",
                             "a.test AAAA 192.0.2.1", "a.test MX mx.test", "a.test MX 70000 mx.test",
                             "a.test MX 10", "a.test", "a.test IN", " A 192.0.2.1", "*.test A 192.0.2.1",
                             "a.test NS ns.test", "$INCLUDE x", "$TTL one", "$TTL 4294967295", "$ORIGIN",
                             "a.test TXT \"open", "a.test TXT \"back\\slash\"",
                             "a.test 9999999999 A 192.0.2.1", "a..test A 192.0.2.1", "@ A 192.0.2.1",
                             "a.test CNAME b c", too_long_text);
  CAPTURE(text);
  const auto read = parse_zone_file("\n" + text + "\n");
  REQUIRE_FALSE(read);
  CHECK(read.error().code == errc::malformed);
  CHECK(read.error().detail.starts_with("line 2: "));
}

TEST_CASE("zone file: aliases that lead nowhere, round, or double are refused", "[dns]") {
  const auto text = GENERATE(as<std::string>{}, "a.test CNAME b.test", "a.test CNAME a.test",
                             "a.test CNAME b.test\nb.test CNAME a.test",
                             "a.test CNAME b.test\nb.test A 192.0.2.1\na.test A 192.0.2.2",
                             "a.test CNAME b.test\na.test CNAME c.test");
  CHECK_FALSE(parse_zone_file(text));
}

TEST_CASE("zone file: records are bounded, and what aliases multiply too", "[dns]") {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "a.test A 192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
  for (int i = 0; i < 1000; ++i)
    text += "c" + std::to_string(i) + ".test CNAME a.test\n";
  CHECK_FALSE(parse_zone_file(text));
}
