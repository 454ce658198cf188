#include "actors/policy/sender_rule.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;

namespace {

sender_rule rule() {
  domain_options local;
  local.name = "local.test";
  local.users = std::vector<std::string>{"ann", "bob"};
  local.aliases["info"] = {"ann@local.test"};
  local.deliver = "discard";
  auto domains = local_domains::make({local}, "local.test");
  REQUIRE(domains);
  auto made = sender_rule::make({{"bob", {"Sales@local.test", "@lists.test"}}, {"root", {"*"}}},
                                std::make_shared<const local_domains>(std::move(*domains)));
  REQUIRE(made);
  return std::move(*made);
}

} // namespace

TEST_CASE("sender rule: a login sends as itself, and as what was granted", "[policy]") {
  const auto [user, from, may] = GENERATE(table<std::string, std::string, bool>({
    {"ann", "ann@local.test", true},
    {"ann", "ANN@Local.Test", true},
    {"ann", "bob@local.test", false},
    {"ann", "ann@elsewhere.test", false},
    {"nobody", "nobody@local.test", false},
    {"info", "info@local.test", true},
    {"ann@elsewhere.test", "ann@elsewhere.test", true},
    {"ann@elsewhere.test", "ann@local.test", false},
    {"ann@local.test", "ann@LOCAL.test", true},
    {"bob", "sales@LOCAL.test", true},
    {"bob", "x@lists.test", true},
    {"bob", "x@sub.lists.test", false},
    {"ann", "sales@local.test", false},
    {"root", "anybody@anywhere.test", true},
  }));
  CAPTURE(user, from);
  CHECK(rule().may_send(user, *parse_mailbox(from)) == may);
}

TEST_CASE("sender rule: everybody may send from nobody", "[policy]") {
  CHECK(rule().may_send("ann", {}));
}

TEST_CASE("sender rule: a grant of what is no address is refused", "[policy]") {
  const std::string bad = GENERATE("", "ann", "@", "a b@c", "*@local.test");
  CHECK((sender_rule::make({{"ann", {bad}}}, std::make_shared<const local_domains>()).ok()) == (bad == "*@local.test"));
}
