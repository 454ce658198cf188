#include "app/admin/queue_acts.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using app::parse_act;

TEST_CASE("act: ids, a filter or all, and what goes with them", "[admin]") {
  const auto named
    = parse_act(R"({"ids":["0000000000002","0000000000001","0000000000002"],"reason":"spam"})");
  REQUIRE(named);
  CHECK(named->ids == std::vector<message_id>{{1}, {2}});
  CHECK(named->reason == "spam");
  const auto filtered = parse_act(R"({"to":"*@x.test","older":"1h","after":"0000000000007"})");
  REQUIRE(filtered);
  CHECK(filtered->ids.empty());
  CHECK(filtered->filter.to == "*@x.test");
  CHECK(filtered->after == message_id{7});
  CHECK(parse_act(R"({"all":true})"));
}

TEST_CASE("act: nothing is never taken for all", "[admin]") {
  const auto* body
    = GENERATE("", "{}", "[]", R"({"all":false})", R"({"ids":[]})", R"({"to":""})",
               R"({"ids":"x"})", R"({"ids":[7]})", R"({"ids":["nonsense"]})", R"({"all":"yes"})",
               R"({"reason":"x"})", R"({"too":"*"})", R"({"ids":["0000000000001"],"all":true})",
               R"({"ids":["0000000000001"],"to":"*"})", R"({"older":"soon"})", R"({"to":7})",
               R"({"after":"0000000000001"})", R"({"all":true)");
  CAPTURE(body);
  const auto act = parse_act(body);
  REQUIRE_FALSE(act);
  CHECK(act.error().code == errc::malformed);
}

TEST_CASE("act: more ids than the bound are refused", "[admin]") {
  std::string body = R"({"ids":["0000000000001")";
  for (std::size_t i = 0; i < app::acted_ids_max; ++i)
    body += R"(,"0000000000001")";
  const auto act = parse_act(body + "]}");
  REQUIRE_FALSE(act);
  CHECK(act.error().code == errc::limit_exceeded);
}

TEST_CASE("act: deep nesting is answered, not obeyed", "[admin]") {
  CHECK_FALSE(parse_act(std::string(100'000, '[')));
  CHECK_FALSE(
    parse_act(R"({"ids":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
}
