#include "net/authentication/spf.hpp"

#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

spf_outcome checked(const support::zone_answers& zone, const std::string& client,
                    const std::string& domain = "example.org", std::size_t* asked = nullptr) {
  const spf_facts facts{*parse_ip_address(client), "helo.example.net", "ann", domain};
  return zone.settle([&](dns_book& book) { return check_spf(facts, book); }, asked);
}

spf_outcome with_record(const std::string& record, const std::string& client) {
  return checked(support::zone_answers{}.txt("example.org", record), client);
}

} // namespace

TEST_CASE("spf: what a record says of a client", "[authentication]") {
  const auto [record, client, outcome] = GENERATE(table<std::string, std::string, spf_outcome>({
    {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.7", spf_outcome::pass},
    {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.7", spf_outcome::fail},
    {"v=spf1 ip4:192.0.2.1/24 -all", "192.0.2.7", spf_outcome::pass},
    {"V=SPF1 IP6:2001:db8::/32 ~ALL", "2001:db8::1", spf_outcome::pass},
    {"v=spf1 ip6:2001:db8::/32 ~all", "192.0.2.1", spf_outcome::softfail},
    {"v=spf1 ip6:::ffff:192.0.2.0/120 ?all", "192.0.2.1", spf_outcome::neutral},
    {"v=spf1", "192.0.2.1", spf_outcome::neutral},
    {"v=spf10 -all", "192.0.2.1", spf_outcome::none},
    {"some text", "192.0.2.1", spf_outcome::none},
    {"v=spf1 -all ip4:nonsense", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 ip4:192.0.2.1/33", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 ip4:192.0.2.1/08", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 all:example.org", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 include", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 exists:%{z}.example.org -all", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 exists:%{i0}.example.org -all", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 a:example.123 -all", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 redirect=a.example redirect=b.example", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 exp=x.example exp=y.example", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 unknown=whatever%{t} -all", "192.0.2.1", spf_outcome::fail},
    {"v=spf1 moo -all", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 ip4:192.0.2.1\tip4:192.0.2.2 -all", "192.0.2.1", spf_outcome::permerror},
    {"v=spf1 \xc3\xa4 -all", "192.0.2.1", spf_outcome::permerror},
  }));
  CAPTURE(record, client);
  CHECK(with_record(record, client) == outcome);
}

TEST_CASE("spf: names lead to addresses by a, mx, include, exists and redirect", "[authentication]") {
  support::zone_answers zone;
  zone.txt("example.org", "v=spf1 a mx include:other.example exists:%{ir}.%{l1r-}.list.example redirect=last.example")
    .host("example.org", "192.0.2.1")
    .name("example.org", record_type::mx, "mx.example.org")
    .host("mx.example.org", "192.0.2.2")
    .host("mx.example.org", "2001:db8::2")
    .txt("other.example", "v=spf1 ip4:192.0.2.3 -all")
    .host("4.2.0.192.ann.list.example", "127.0.0.2")
    .txt("last.example", "v=spf1 a:far.example/24//64 -all")
    .host("far.example", "198.51.100.1")
    .host("far.example", "2001:db8:1::1");
  CHECK(checked(zone, "192.0.2.1") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.2") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.3") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.4") == spf_outcome::pass);
  CHECK(checked(zone, "198.51.100.99") == spf_outcome::pass);
  CHECK(checked(zone, "2001:db8::2") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.9") == spf_outcome::fail);
}

TEST_CASE("spf: a pointer counts where the name leads back", "[authentication]") {
  support::zone_answers zone;
  zone.txt("example.org", "v=spf1 ptr -all")
    .txt("other.org", "v=spf1 exists:%{p}.seen.example -all")
    .name("1.2.0.192.in-addr.arpa", record_type::ptr, "mail.example.org")
    .name("2.2.0.192.in-addr.arpa", record_type::ptr, "mail.example.org")
    .host("mail.example.org", "192.0.2.1")
    .host("mail.example.org.seen.example", "127.0.0.1")
    .host("unknown.seen.example", "127.0.0.1");
  CHECK(checked(zone, "192.0.2.1") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.2") == spf_outcome::fail);
  CHECK(checked(zone, "192.0.2.1", "other.org") == spf_outcome::pass);
  CHECK(checked(zone, "192.0.2.3", "other.org") == spf_outcome::pass);
}

TEST_CASE("spf: an ill DNS is a temporary error, a missing include a permanent one", "[authentication]") {
  support::zone_answers zone;
  zone.txt("example.org", "v=spf1 a:ill.example -all")
    .ill("ill.example", record_type::a)
    .txt("lost.example", "v=spf1 include:nobody.example -all")
    .txt("two.example", "v=spf1 -all")
    .txt("two.example", "v=spf1 +all")
    .ill("dead.example", record_type::txt);
  CHECK(checked(zone, "192.0.2.1") == spf_outcome::temperror);
  CHECK(checked(zone, "192.0.2.1", "lost.example") == spf_outcome::permerror);
  CHECK(checked(zone, "192.0.2.1", "two.example") == spf_outcome::permerror);
  CHECK(checked(zone, "192.0.2.1", "dead.example") == spf_outcome::temperror);
  CHECK(checked(zone, "192.0.2.1", "unheard.example") == spf_outcome::none);
}

TEST_CASE("spf: ten lookups and two void ones are the end", "[authentication]") {
  support::zone_answers loop;
  loop.txt("example.org", "v=spf1 include:example.org -all");
  std::size_t asked = 0;
  CHECK(checked(loop, "192.0.2.1", "example.org", &asked) == spf_outcome::permerror);
  CHECK(asked == 1);

  support::zone_answers ring;
  for (int i = 0; i < 40; ++i)
    ring.txt("n" + std::to_string(i) + ".example", "v=spf1 redirect=n" + std::to_string(i + 1) + ".example");
  asked = 0;
  CHECK(checked(ring, "192.0.2.1", "n0.example", &asked) == spf_outcome::permerror);
  CHECK(asked == 11);

  CHECK(with_record("v=spf1 a:a.example a:b.example -all", "192.0.2.1") == spf_outcome::fail);
  CHECK(with_record("v=spf1 a:a.example a:b.example a:c.example -all", "192.0.2.1") == spf_outcome::permerror);
}

TEST_CASE("spf: eleven exchangers are an error, and hosts of one mx are asked for at once", "[authentication]") {
  support::zone_answers zone;
  zone.txt("example.org", "v=spf1 mx -all");
  for (int i = 0; i < 10; ++i) {
    zone.name("example.org", record_type::mx, "m" + std::to_string(i) + ".example");
    zone.host("m" + std::to_string(i) + ".example", "192.0.2." + std::to_string(i));
  }
  CHECK(checked(zone, "192.0.2.9") == spf_outcome::pass);
  zone.name("example.org", record_type::mx, "m10.example");
  CHECK(checked(zone, "192.0.2.9") == spf_outcome::permerror);
}

TEST_CASE("spf: the examples of RFC 7208 section 7.4 expand so", "[authentication]") {
  const spf_facts facts{*parse_ip_address("192.0.2.3"), "helo", "strong-bad", "email.example.com"};
  const auto [spec, name] = GENERATE(table<std::string, std::string>({
    {"%{s}", "strong-bad@email.example.com"},
    {"%{o}", "email.example.com"},
    {"%{d4}", "email.example.com"},
    {"%{d1}", "com"},
    {"%{dr}", "com.example.email"},
    {"%{d2r}", "example.email"},
    {"%{l-}", "strong.bad"},
    {"%{lr-}", "bad.strong"},
    {"%{l1r-}", "strong"},
    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    {"%%%_%-.%{L}", "% %20.strong-bad"},
  }));
  REQUIRE(is_macro_string(spec, true));
  CHECK(expand_macros(spec, facts, facts.sender_domain, "unknown") == name);
  const spf_facts six{*parse_ip_address("2001:db8::cb01"), "helo", "a", "b.example"};
  CHECK(expand_macros("%{ir}.%{v}", six, "b.example", "unknown")
        == "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6");
}

TEST_CASE("spf: a name that grows too long loses labels from the left", "[authentication]") {
  const spf_facts facts{*parse_ip_address("192.0.2.3"), "helo", std::string(60, 'x'), "example.org"};
  const auto name = expand_macros("%{l}.%{l}.%{l}.%{l}.%{l}.example.org", facts, "example.org", "unknown");
  CHECK(name.size() <= 253);
  CHECK(name.ends_with(".example.org"));
}

TEST_CASE("spf: macros that are none are refused", "[authentication]") {
  const auto* const text = GENERATE("%", "%{", "%{}", "%{s", "%{ss}", "%{s1x}", "%{sr1}", "%{y}", "100%", "%(s)");
  CHECK_FALSE(is_macro_string(text, false));
}
