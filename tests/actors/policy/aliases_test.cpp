#include "actors/policy/aliases.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

namespace {

local_domains with(std::map<std::string, std::vector<std::string>> aliases) {
  domain_options domain;
  domain.name = "l.test";
  domain.users = std::vector<std::string>{"ann", "bob", "info"};
  domain.aliases = std::move(aliases);
  auto made = local_domains::make({domain}, "l.test");
  REQUIRE(made.ok());
  return std::move(*made);
}

recipient to(std::string local, std::string domain = "l.test", std::uint8_t notify = notify_unset) {
  return {{std::move(local), std::move(domain)}, "", notify};
}

std::string names(const std::vector<recipient>& all) {
  std::string text;
  for (const auto& each : all)
    text += (text.empty() ? "" : " ") + to_string(each.address);
  return text;
}

std::string expanded(const local_domains& local, const std::vector<recipient>& given) {
  const auto all = expand_all(local, given);
  return all ? names(*all) : std::string{to_string(all.error().code)};
}

} // namespace

TEST_CASE("aliases: are opened in order, however deep, and doubles go", "[policy]") {
  const auto local
    = with({{"team", {"ann", "lead@l.test", "eve@x.test"}}, {"lead", {"bob", "ann"}}});
  CHECK(expanded(local, {to("ann")}) == "ann@l.test");
  CHECK(expanded(local, {to("TEAM")}) == "ann@l.test eve@x.test bob@l.test");
  CHECK(expanded(local, {to("Bob"), to("team"), to("bob", "L.TEST")})
        == "Bob@l.test ann@l.test eve@x.test");
  CHECK(expanded(local, {}) == "");
}

TEST_CASE("aliases: elsewhere's local parts keep their case, so they are no doubles", "[policy]") {
  CHECK(expanded(with({}), {to("A", "x.test"), to("a", "X.test"), to("a", "x.test")})
        == "A@x.test a@X.test");
}

TEST_CASE("aliases: doubles are found in a long list too", "[policy]") {
  std::vector<recipient> many;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 500; ++i)
      many.push_back(to("u" + std::to_string(i), "x.test"));
  CHECK(expand_all(with({}), many)->size() == 500);
}

TEST_CASE("aliases: a loop is cut, and who was found gets the mail", "[policy]") {
  SECTION("through two aliases") {
    CHECK(expanded(with({{"a", {"b", "ann"}}, {"b", {"a", "bob"}}}), {to("a")})
          == "ann@l.test bob@l.test");
  }
  SECTION("an alias that names itself delivers to the user of that name") {
    CHECK(expanded(with({{"info", {"info", "ann"}}}), {to("info")}) == "info@l.test ann@l.test");
  }
  SECTION("or not, where there is none") {
    CHECK(expanded(with({{"ghost", {"ghost", "ann"}}}), {to("ghost")}) == "ann@l.test");
  }
  SECTION("a loop with nobody in it is refused for good") {
    const auto local = with({{"a", {"b"}}, {"b", {"a"}}});
    alias_expansion all{local};
    CHECK(all.add(to("a"))->code == 550);
    CHECK(all.recipients().empty());
  }
}

TEST_CASE("aliases: bounds are temporary refusals, and nothing is added", "[policy]") {
  std::map<std::string, std::vector<std::string>> aliases;
  for (int i = 0; i < 20; ++i)
    aliases["deep" + std::to_string(i)] = {i < 19 ? "deep" + std::to_string(i + 1) : "ann"};
  for (int i = 0; i < 1001; ++i)
    aliases["wide"].push_back("u" + std::to_string(i) + "@x.test");
  aliases["just"] = {aliases["wide"].begin(), aliases["wide"].begin() + 1000};
  const auto local = with(aliases);
  alias_expansion all{local, {.transaction_max = 1001}};
  CHECK(all.add(to("deep9"))->code == 451); // eleven aliases
  CHECK(all.add(to("wide"))->code == 451);
  CHECK(all.recipients().empty());
  CHECK_FALSE(all.add(to("deep10")).has_value());
  CHECK_FALSE(all.add(to("just")).has_value());
  CHECK(all.recipients().size() == 1001);
  CHECK(all.add(to("bob"))->code == 451);
  CHECK(all.take().size() == 1001);
  CHECK_FALSE(all.add(to("bob")).has_value());
}

TEST_CASE("aliases: NOTIFY and ORCPT go on, ORCPT made where none was given", "[policy]") {
  const auto local = with({{"team", {"ann", "eve@x.test"}}});
  auto given = to("Team", "l.test", notify_success | notify_failure);
  auto all = *expand_all(local, {given});
  REQUIRE(all.size() == 2);
  CHECK(all[0].orcpt == "rfc822;Team@l.test");
  CHECK(all[1].notify == (notify_success | notify_failure));
  given.orcpt = "rfc822;list@far.test";
  CHECK((*expand_all(local, {given}))[1].orcpt == "rfc822;list@far.test");
  CHECK((*expand_all(local, {to("ann")}))[0].orcpt.empty());
}

TEST_CASE("aliases: wishes about a double are kept from both", "[policy]") {
  const auto [a, b, both] = GENERATE(table<int, int, int>({
    {notify_unset, notify_unset, notify_unset},
    {notify_never, notify_never, notify_never},
    {notify_never, notify_success, notify_success},
    {notify_unset, notify_never, notify_failure | notify_delay},
    {notify_unset, notify_success, notify_success | notify_failure | notify_delay},
    {notify_failure, notify_delay, notify_failure | notify_delay},
  }));
  const auto all = *expand_all(with({}), {to("ann", "l.test", static_cast<std::uint8_t>(a)),
                                          to("ann", "l.test", static_cast<std::uint8_t>(b))});
  REQUIRE(all.size() == 1);
  CHECK(int{all[0].notify} == both);
}
