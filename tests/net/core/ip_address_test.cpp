#include "net/core/ip_address.hpp"

#include <catch2/catch.hpp>

using namespace troupe;

TEST_CASE("ip address: one spelling for one address", "[core]") {
  const auto [given, shown] = GENERATE(table<std::string, std::string>({
    {"192.0.2.1", "192.0.2.1"},
    {"::1", "::1"},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::ffff:c000:201", "192.0.2.1"},
  }));
  CAPTURE(given);
  CHECK(to_string(*parse_ip_address(given)) == shown);
}

TEST_CASE("ip address: what is none is refused", "[core]") {
  const auto text
    = GENERATE(as<std::string>{}, "", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
               "1.2.3.4.5", "::1%eth0", ":::1", "1::2::3", "g::1", "[::1]", "127.1", "0x7f.0.0.1",
               std::string{"1.2.3.4\0", 8}, std::string(1000, '1'));
  CAPTURE(text);
  CHECK_FALSE(parse_ip_address(text).ok());
}

TEST_CASE("ip literal: brackets, and the tag for IPv6 and only for it", "[core]") {
  CHECK(to_string(*parse_ip_literal("[192.0.2.1]")) == "192.0.2.1");
  CHECK(to_string(*parse_ip_literal("[ipV6:::1]")) == "::1");
  const auto text = GENERATE(as<std::string>{}, "", "[", "[]", "[::1]", "[IPv6:192.0.2.1]",
                             "[IPv6:]", "192.0.2.1", "[192.0.2.1", "[x:y]", "[192.0.2.1]]");
  CAPTURE(text);
  CHECK_FALSE(parse_ip_literal(text).ok());
  CHECK(to_literal(*parse_ip_address("2001:db8::1")) == "[IPv6:2001:db8::1]");
  CHECK(to_literal(*parse_ip_address("192.0.2.1")) == "[192.0.2.1]");
}

TEST_CASE("ip network: holds what has its prefix, and no other family", "[core]") {
  const auto [network, peer, inside] = GENERATE(table<std::string, std::string, bool>({
    {"127.0.0.0/8", "127.255.255.255", true},
    {"127.0.0.0/8", "128.0.0.0", false},
    {"10.0.0.0/9", "10.127.0.1", true},
    {"10.0.0.0/9", "10.128.0.1", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.0", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "192.0.2.1", false},
    {"::/0", "2001:db8::1", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::1", "::1", true},
  }));
  CAPTURE(network, peer);
  CHECK(parse_ip_network(network)->contains(*parse_ip_address(peer)) == inside);
  CHECK_FALSE(parse_ip_network(network)->contains({}));
}

TEST_CASE("ip network: what is none is refused", "[core]") {
  const auto text = GENERATE(as<std::string>{}, "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                             "10.0.0.0/8x", "10.0.0.0/0008", "10.1.0.0/8", "::1/129",
                             "2001:db8::1/64", "10.0.0.0/8/8");
  CAPTURE(text);
  CHECK_FALSE(parse_ip_network(text).ok());
  CHECK(to_string(*parse_ip_network("10.0.0.0/8")) == "10.0.0.0/8");
}

TEST_CASE("ip address: loopback is known in both families", "[core]") {
  CHECK(parse_ip_address("127.9.9.9")->is_loopback());
  CHECK(parse_ip_address("::1")->is_loopback());
  CHECK_FALSE(parse_ip_address("::2")->is_loopback());
  CHECK_FALSE(ip_address{}.is_loopback());
}
