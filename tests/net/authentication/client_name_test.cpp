#include "net/authentication/client_name.hpp"

#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

client_name named(const std::string& address, const support::zone_answers& zone, std::size_t* asked = nullptr) {
  return zone.settle([&](dns_book& book) { return find_client_name(*parse_ip_address(address), book); }, asked);
}

} // namespace

TEST_CASE("client name: it counts if it leads back to the address", "[authentication]") {
  support::zone_answers zone;
  zone.name("1.2.0.192.in-addr.arpa", record_type::ptr, "Mail.Example.Org").host("mail.example.org", "192.0.2.1");
  CHECK(named("192.0.2.1", zone).confirmed == "mail.example.org");
  zone.name("2.2.0.192.in-addr.arpa", record_type::ptr, "mail.example.org");
  CHECK(named("192.0.2.2", zone).confirmed.empty());
  CHECK(named("192.0.2.2", zone).claimed == "mail.example.org");
  const auto v6 = std::string("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  zone.name(v6, record_type::ptr, "six.example.org").host("six.example.org", "2001:db8::1");
  CHECK(named("2001:db8::1", zone).confirmed == "six.example.org");
}

TEST_CASE("client name: without one, with a bad one or without a DNS it has none", "[authentication]") {
  support::zone_answers zone;
  zone.name("1.2.0.192.in-addr.arpa", record_type::ptr, "bad name\r\nX-Evil: 1");
  zone.ill("2.2.0.192.in-addr.arpa", record_type::ptr);
  for (const auto* const each : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
    CHECK(named(each, zone).claimed.empty());
    CHECK(named(each, zone).confirmed.empty());
  }
}

TEST_CASE("client name: no more than client_names_max of its names are looked at", "[authentication]") {
  support::zone_answers zone;
  for (std::size_t i = 0; i <= client_names_max; ++i)
    zone.name("1.2.0.192.in-addr.arpa", record_type::ptr, "n" + std::to_string(i) + ".example.org");
  zone.host("n" + std::to_string(client_names_max) + ".example.org", "192.0.2.1");
  std::size_t asked = 0;
  CHECK(named("192.0.2.1", zone, &asked).confirmed.empty());
  CHECK(asked == 1 + client_names_max);
}

TEST_CASE("client name: nobody is asked about this host itself", "[authentication]") {
  for (const auto* const each : {"127.0.0.1", "127.9.9.9", "::1"}) {
    dns_book book;
    CHECK(find_client_name(*parse_ip_address(each), book)->confirmed == "localhost");
    CHECK(book.take_missing().empty());
  }
}
