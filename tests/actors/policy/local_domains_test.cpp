#include "actors/policy/local_domains.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using policy::domain_options;
using policy::local_domains;
using standing = local_domains::standing;

namespace {

local_domains two_domains() {
  domain_options listed;
  listed.name = "Local.Test";
  listed.users = std::vector<std::string>{"Alice", "bob", "odd%name"};
  listed.aliases = {{"Info", {"alice", "bob@elsewhere.test"}}, {"a!b", {"alice"}}};
  domain_options open;
  open.name = "open.test";
  auto made = local_domains::make({listed, open}, "mx.local.test");
  REQUIRE(made.ok());
  return std::move(*made);
}

} // namespace

TEST_CASE("local domains: a local part is known literally, or not at all", "[policy]") {
  const auto [local, domain, expected] = GENERATE(table<std::string, std::string, standing>({
    {"alice", "local.test", standing::user},
    {"ALICE", "LOCAL.TEST", standing::user},
    {"info", "local.test", standing::alias},
    {"carol", "local.test", standing::unknown},
    {"alice%evil.test", "local.test", standing::unknown},
    {"evil.test!alice", "local.test", standing::unknown},
    {"alice@evil.test", "local.test", standing::unknown},
    {"odd%name", "local.test", standing::user},
    {"a!b", "local.test", standing::alias},
    {"PostMaster", "local.test", standing::user},
    {"anybody", "open.test", standing::user},
    {"any%evil.test", "open.test", standing::suspect},
    {"evil.test!any", "open.test", standing::suspect},
    {"any@evil.test", "open.test", standing::suspect},
    {"", "open.test", standing::unknown},
    {"alice", "sub.local.test", standing::not_local},
    {"alice", "[127.0.0.1]", standing::not_local},
    {"alice", "", standing::not_local},
  }));
  CAPTURE(local, domain);
  CHECK(two_domains().look_up({local, domain}) == expected);
}

TEST_CASE("local domains: home is the hostname's domain, else the first", "[policy]") {
  CHECK(two_domains().home() == "Local.Test");
  CHECK(local_domains{}.home().empty());
  domain_options a, b;
  a.name = "a.test";
  b.name = "MX.b.test";
  CHECK(local_domains::make({a, b}, "mx.B.test")->home() == "MX.b.test");
}

TEST_CASE("local domains: what can't be meant is refused at start", "[policy]") {
  domain_options domain;
  domain.name = "local.test";
  domain.users = std::vector<std::string>{"alice"};
  std::vector<domain_options> all;
  SECTION("no domain") {
    domain.name = "not a domain";
  }
  SECTION("twice") {
    all.push_back(domain);
    domain.name = "LOCAL.test";
  }
  SECTION("an empty user") {
    domain.users->emplace_back();
  }
  SECTION("an alias for nobody") {
    domain.aliases = {{"info", {}}};
  }
  SECTION("an alias for what is no address") {
    domain.aliases = {{"info", {"a b@c"}}};
  }
  SECTION("an alias for a user who is not there") {
    domain.aliases = {{"info", {"carol"}}};
  }
  SECTION("an alias with a route") {
    domain.aliases = {{"info", {"x%y@local.test"}}};
  }
  all.push_back(domain);
  CHECK_FALSE(local_domains::make(all, "mx.test").ok());
}

TEST_CASE("local domains: an alias may name one in a later domain", "[policy]") {
  domain_options a, b;
  a.name = "a.test";
  a.aliases = {{"info", {"help@b.test"}}};
  b.name = "b.test";
  b.users = std::vector<std::string>{"ann"};
  b.aliases = {{"help", {"ann"}}};
  const auto made = local_domains::make({a, b}, "a.test");
  REQUIRE(made.ok());
  CHECK(*made->alias_targets({"INFO", "A.test"}) == std::vector<mailbox>{{"help", "b.test"}});
  CHECK(made->alias_targets({"ann", "b.test"}) == nullptr);
  CHECK(made->index_of_key("b.test") == 1u);
}
