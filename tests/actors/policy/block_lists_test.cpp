#include "actors/policy/block_lists.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

namespace {

ip_address at(std::string_view text) { return *parse_ip_address(text); }

} // namespace

TEST_CASE("block lists: the name that is asked for", "[policy]") {
  CHECK(block_list_name(at("192.0.2.7"), "zen.test") == "7.2.0.192.zen.test");
  CHECK(block_list_name(at("2001:db8::7"), "zen.test")
        == "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.test");
  CHECK(block_list_name({}, "zen.test").empty());
}

TEST_CASE("block lists: only the answers of a list that lives count", "[policy]") {
  const block_list any{.zone = "zen.test", .weight = 1, .answers = {}, .reply = {}};
  CHECK(is_listed(any, {at("127.0.0.2")}));
  CHECK(is_listed(any, {at("192.0.2.1"), at("127.0.0.4")}));
  CHECK_FALSE(is_listed(any, {}));
  CHECK_FALSE(is_listed(any, {at("192.0.2.1")}));     // a zone that was sold
  CHECK_FALSE(is_listed(any, {at("127.255.255.254")})); // "you may not ask"
  const block_list some{.zone = "zen.test", .weight = 1, .answers = {*parse_ip_network("127.0.0.4/30")}, .reply = {}};
  CHECK(is_listed(some, {at("127.0.0.4")}));
  CHECK_FALSE(is_listed(some, {at("127.0.0.2")}));
}

TEST_CASE("block lists: weights decide, and the heaviest list speaks", "[policy]") {
  const block_list_rules rules{{{"light.test", 1, {}, {}}, {"heavy.test", 3, {}, "Go to heavy.test"}, {"good.test", -2, {}, {}}}, 2};
  const auto who = at("192.0.2.7");
  CHECK_FALSE(judge(rules, {false, false, false}, who));
  CHECK_FALSE(judge(rules, {true, false, false}, who));
  CHECK(judge(rules, {true, true, false}, who)->lines.front() == "Go to heavy.test");
  CHECK(judge(rules, {true, true, true}, who).has_value());
  CHECK_FALSE(judge(rules, {false, true, true}, who));
  CHECK_FALSE(judge(rules, {true, false, true}, who));
  const block_list_rules one{{{"light.test", 1, {}, {}}}, 1};
  CHECK(to_string(*judge(one, {true}, who)) == "554 5.7.1 Your address 192.0.2.7 is listed at light.test");
}
