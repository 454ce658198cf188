#include "net/authentication/dmarc.hpp"

#include "net/authentication/organizational_domain.hpp"
#include "tests/net/authentication/zone_answers.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::authentication;

namespace {

dmarc_finding checked(const support::zone_answers& zone, const std::string& author, const proofs& proved,
                      unsigned dice = 0) {
  const result<std::string> from{author};
  return zone.settle([&](dns_book& book) { return check_dmarc(from, proved, book, dice); });
}

support::zone_answers with(const std::string& record, const std::string& domain = "example.org") {
  return support::zone_answers{}.txt("_dmarc." + domain, record);
}

} // namespace

TEST_CASE("organizational domain: one label below the public suffix", "[authentication]") {
  CHECK(organizational_domain("a.b.example.org") == "example.org");
  CHECK(organizational_domain("a.example.co.uk") == "example.co.uk");
  CHECK(organizational_domain("co.uk") == "co.uk");
  CHECK(organizational_domain("example.org") == "example.org");
  CHECK(organizational_domain("host.unheard-of-suffix") == "host.unheard-of-suffix");
}

TEST_CASE("dmarc: an aligned proof of either kind passes", "[authentication]") {
  const auto zone = with("v=DMARC1; p=reject");
  CHECK(checked(zone, "example.org", {"example.org", {}}).outcome == dmarc_outcome::pass);
  CHECK(checked(zone, "example.org", {"bounce.example.org", {}}).outcome == dmarc_outcome::pass);
  CHECK(checked(zone, "example.org", {"", {"other.net", "mail.example.org"}}).outcome == dmarc_outcome::pass);
  const auto forged = checked(zone, "example.org", {"other.net", {"other.net", "example.org.other.net"}});
  CHECK(forged.outcome == dmarc_outcome::fail);
  CHECK(forged.requested == dmarc_policy::reject);
}

TEST_CASE("dmarc: strict alignment wants the very domain", "[authentication]") {
  const auto zone = with("v=DMARC1;p=quarantine;adkim=s;aspf=s");
  CHECK(checked(zone, "example.org", {"a.example.org", {"a.example.org"}}).requested == dmarc_policy::quarantine);
  CHECK(checked(zone, "example.org", {"example.org", {}}).outcome == dmarc_outcome::pass);
}

TEST_CASE("dmarc: a subdomain without a record has that of its organization, by sp", "[authentication]") {
  const auto zone = with("v=DMARC1; p=none; sp=reject");
  const auto found = checked(zone, "a.b.example.org", {});
  CHECK(found.outcome == dmarc_outcome::fail);
  CHECK(found.requested == dmarc_policy::reject);
  CHECK(checked(zone, "example.org", {}).requested == dmarc_policy::none);
  CHECK(checked(zone, "example.net", {}).outcome == dmarc_outcome::none);
}

TEST_CASE("dmarc: pct leaves out a part, one step at a time", "[authentication]") {
  CHECK(checked(with("v=DMARC1; p=reject; pct=30"), "example.org", {}, 29).requested == dmarc_policy::reject);
  CHECK(checked(with("v=DMARC1; p=reject; pct=30"), "example.org", {}, 30).requested == dmarc_policy::quarantine);
  CHECK(checked(with("v=DMARC1; p=quarantine; pct=0"), "example.org", {}, 0).requested == dmarc_policy::none);
}

TEST_CASE("dmarc: two records are none, an ill DNS is told, no author is an error", "[authentication]") {
  auto two = with("v=DMARC1; p=reject");
  two.txt("_dmarc.example.org", "v=DMARC1; p=none");
  CHECK(checked(two, "example.org", {}).outcome == dmarc_outcome::none);
  support::zone_answers ill;
  ill.ill("_dmarc.example.org", record_type::txt);
  CHECK(checked(ill, "example.org", {}).outcome == dmarc_outcome::temperror);
  dns_book book;
  CHECK(check_dmarc(error{errc::malformed, "why"}, {}, book, 0)->outcome == dmarc_outcome::permerror);
}

TEST_CASE("dmarc: records that are none, and some that nearly are", "[authentication]") {
  for (const auto* const text : {"", "v=DMARC2; p=none", "p=none; v=DMARC1", "v=DMARC1", "v=DMARC1; p=perhaps",
                                 "v=DMARC1 p=none", "v=spf1 -all"})
    CHECK_FALSE(parse_dmarc_record(text).ok());
  CHECK(parse_dmarc_record("v=DMARC1; p=perhaps; rua=mailto:a@b.test")->policy == dmarc_policy::none);
  CHECK(parse_dmarc_record("v=DMARC1; p=REJECT; pct=900")->percent == 100);
  CHECK(parse_dmarc_record("v=DMARC1; p=reject; sp=odd")->below == dmarc_policy::reject);
}
