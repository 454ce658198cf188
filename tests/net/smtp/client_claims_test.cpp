#include "net/smtp/client_claims.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::smtp;

TEST_CASE("client claims: what a filter says about its client", "[smtp]") {
  const auto all = parse_client_claims(
    "ADDR=IPV6:2001:db8::7 name=client.example.net PORT=4242 HELO=[192.0.2.7] LOGIN=ann+40x PROTO=ESMTP "
    "DESTADDR=192.0.2.1 DESTPORT=25");
  REQUIRE(all);
  CHECK(to_string(*all->address) == "2001:db8::7");
  CHECK(*all->name == "client.example.net");
  CHECK(*all->port == 4242);
  CHECK(*all->hello == "[192.0.2.7]");
  CHECK(*all->login == "ann@x");
  CHECK(*all->extended);
}

TEST_CASE("client claims: what it does not know, and what it does not say", "[smtp]") {
  const auto all = parse_client_claims("ADDR=[UNAVAILABLE] NAME=[TEMPUNAVAIL] PORT=[UNAVAILABLE] LOGIN=[unavailable]");
  REQUIRE(all);
  CHECK(all->address->family == ip_family::none);
  CHECK(all->name->empty());
  CHECK(*all->port == 0);
  CHECK(all->login->empty());
  CHECK_FALSE(all->hello);
  CHECK_FALSE(all->extended);
}

TEST_CASE("client claims: an attribute that is none spoils them all", "[smtp]") {
  const auto args = GENERATE("", "ADDR", "ADDR=", "ADDR=192.0.2.256", "ADDR=192.0.2.7 ADDR=192.0.2.8", "COLOUR=red",
                             "NAME=a+20b", "NAME=a+0Ab", "HELO=a+3Cb", "PORT=65536", "PORT=-1", "PROTO=HTTP",
                             "LOGIN=a+0D+0Ab", "LOGIN=a+4", "ADDR=192.0.2.7 PORT", "DESTADDR=x", "DESTPORT=x");
  CAPTURE(args);
  CHECK_FALSE(parse_client_claims(args));
}
