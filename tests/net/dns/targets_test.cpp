#include "net/dns/mail_route.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace troupe;
using namespace troupe::dns;

namespace {

mail_plan three_hosts() {
  mail_plan plan;
  plan.hosts = {
    {10, "a.test", {*parse_ip_address("2001:db8::1"), *parse_ip_address("192.0.2.1"), *parse_ip_address("192.0.2.11")}},
    {10, "b.test", {*parse_ip_address("192.0.2.2")}},
    {20, "c.test", {*parse_ip_address("192.0.2.3")}},
  };
  return plan;
}

} // namespace

TEST_CASE("targets: the same dice give the same order", "[dns]") {
  CHECK(targets_of(three_hosts(), 7) == targets_of(three_hosts(), 7));
}

TEST_CASE("targets: hosts of one preference share the load, the others wait", "[dns]") {
  std::map<std::string, int> first;
  for (std::uint64_t dice = 0; dice < 1000; ++dice) {
    const auto targets = targets_of(three_hosts(), dice);
    REQUIRE(targets.size() == 5);
    CHECK(targets.back().host == "c.test");
    ++first[targets.front().host];
  }
  CHECK(first["a.test"] > 400);
  CHECK(first["b.test"] > 400);
  CHECK(first.size() == 2);
}

TEST_CASE("targets: within a host families take turns and addresses are shuffled", "[dns]") {
  std::map<std::string, int> second;
  for (std::uint64_t dice = 0; dice < 1000; ++dice) {
    auto targets = targets_of(three_hosts(), dice);
    std::erase_if(targets, [](const target& x) { return x.host != "a.test"; });
    REQUIRE(targets.size() == 3);
    CHECK(to_string(targets[0].address) == "2001:db8::1");
    ++second[to_string(targets[1].address)];
  }
  CHECK(second["192.0.2.1"] > 400);
  CHECK(second["192.0.2.11"] > 400);
}

TEST_CASE("targets: a refusal has none", "[dns]") {
  CHECK(targets_of({}, 1).empty());
}
