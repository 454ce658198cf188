#include "actors/policy/tls_need.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

dane_facts dane(dane_state state) {
  dane_facts facts{state, "mx.test", {}};
  if (state == dane_state::usable)
    facts.records.push_back({3, 1, 1, std::string(32, 'x')});
  return facts;
}

sts_policy sts(sts_mode mode, std::string mx = "mx.test") { return {mode, 1h, {std::move(mx)}}; }

tls_need choose(tls_policy rule, const dane_facts* found = nullptr, const sts_policy* policy = nullptr) {
  return choose_tls({rule, "mx.test", "example.org", found, policy, tls_wish::none, false});
}

} // namespace

TEST_CASE("tls need: the table of the header", "[policy]") {
  using enum tls_policy;
  using level = tls_level;
  struct row {
    tls_policy rule;
    level usable, unusable, failed, enforced, nothing;
  };
  const auto x = GENERATE(
    row{off, level::none, level::none, level::none, level::none, level::none},
    row{may, level::dane, level::encrypted, level::not_now, level::certificate, level::may},
    row{required, level::dane, level::encrypted, level::not_now, level::certificate, level::encrypted},
    row{tls_policy::dane, level::dane, level::not_now, level::not_now, level::not_now, level::not_now},
    row{verified, level::dane, level::certificate, level::certificate, level::certificate, level::certificate});
  CAPTURE(to_string(x.rule));
  const auto usable = ::dane(dane_state::usable), unusable = ::dane(dane_state::unusable),
             failed = ::dane(dane_state::failed), none = ::dane(dane_state::none);
  const auto enforced = sts(sts_mode::enforce);
  CHECK(choose(x.rule, &usable).level == x.usable);
  CHECK(choose(x.rule, &unusable).level == x.unusable);
  CHECK(choose(x.rule, &failed).level == x.failed);
  CHECK(choose(x.rule, &none, &enforced).level == x.enforced);
  CHECK(choose(x.rule, &none).level == x.nothing);
  CHECK(choose(x.rule).level == x.nothing);
}

TEST_CASE("tls need: DANE goes before MTA-STS", "[policy]") {
  const auto found = dane(dane_state::usable);
  const auto policy = sts(sts_mode::enforce, "other.test");
  const auto need = choose(tls_policy::may, &found, &policy);
  CHECK(need.level == tls_level::dane);
  CHECK(need.records == found.records);
  CHECK(need.names == std::vector<std::string>{"mx.test", "example.org"});
}

TEST_CASE("tls need: of an alias the base of the records is the first name", "[policy]") {
  auto found = dane(dane_state::usable);
  found.base = "end.test";
  CHECK(choose(tls_policy::may, &found).names
        == std::vector<std::string>{"end.test", "mx.test", "example.org"});
}

TEST_CASE("tls need: MTA-STS decides about hosts it lists and hosts it does not", "[policy]") {
  const auto other = sts(sts_mode::enforce, "other.test");
  const auto need = choose(tls_policy::may, nullptr, &other);
  CHECK(need.level == tls_level::not_now);
  CHECK(need.why == "MTA-STS: example.org says enforce, and does not list mx.test");

  const auto testing = sts(sts_mode::testing, "other.test");
  const auto tested = choose(tls_policy::may, nullptr, &testing);
  CHECK(tested.level == tls_level::may);
  CHECK(tested.only_tests);
  CHECK(choose(tls_policy::required, nullptr, &testing).level == tls_level::encrypted);

  const auto none = sts(sts_mode::none);
  CHECK(choose(tls_policy::may, nullptr, &none).source == tls_source::rule);
}

TEST_CASE("tls need: REQUIRETLS wants proof of a name that somebody vouches for", "[policy]") {
  const auto usable = dane(dane_state::usable), unusable = dane(dane_state::unusable),
             failed = dane(dane_state::failed);
  const auto enforced = sts(sts_mode::enforce), testing = sts(sts_mode::testing),
             other = sts(sts_mode::testing, "other.test");
  const auto ask = [](tls_policy rule, const dane_facts* found, const sts_policy* policy, bool sure) {
    return choose_tls({rule, "mx.test", "example.org", found, policy, tls_wish::required, sure});
  };
  using enum tls_policy;
  for (const auto& need : {ask(may, &usable, nullptr, false), ask(may, nullptr, &enforced, false),
                           ask(may, nullptr, &testing, false), ask(may, nullptr, nullptr, true),
                           ask(may, &unusable, nullptr, true), ask(required, nullptr, nullptr, true),
                           ask(verified, nullptr, nullptr, false)}) {
    CAPTURE(need.why);
    CHECK(is_verified(need));
    CHECK(need.requiretls);
    CHECK_FALSE(may_be_plain(need));
    CHECK(need.names.front() == "mx.test");
  }
  for (const auto& need : {ask(may, nullptr, nullptr, false), ask(may, &unusable, nullptr, false),
                           ask(may, nullptr, &other, true), ask(off, nullptr, nullptr, true)}) {
    CAPTURE(need.why);
    CHECK(need.level == tls_level::not_now);
    CHECK(need.for_good);
  }
  CHECK(ask(verified, &failed, nullptr, false).level == tls_level::certificate);
  // What may pass is waited for.
  CHECK(ask(may, &failed, nullptr, true).level == tls_level::not_now);
  CHECK_FALSE(ask(may, &failed, nullptr, true).for_good);
}

TEST_CASE("tls need: TLS-Required: No goes past the wishes of the domain", "[policy]") {
  const auto usable = dane(dane_state::usable), failed = dane(dane_state::failed);
  const auto enforced = sts(sts_mode::enforce, "other.test");
  for (const auto* found : {&usable, &failed}) {
    const tls_facts facts{tls_policy::may, "mx.test", "example.org", found, &enforced,
                          tls_wish::optional, false};
    CHECK(choose_tls(facts).level == tls_level::may);
    CHECK_FALSE(choose_tls(facts).only_tests);
  }
}

TEST_CASE("tls need: only what was never promised may be plain", "[policy]") {
  CHECK(may_be_plain(choose(tls_policy::may)));
  CHECK(may_be_plain(choose(tls_policy::off)));
  CHECK_FALSE(may_be_plain(choose(tls_policy::required)));
  CHECK_FALSE(may_be_plain(choose(tls_policy::verified)));
  CHECK(is_verified(choose(tls_policy::verified)));
  CHECK_FALSE(is_verified(choose(tls_policy::required)));
}
