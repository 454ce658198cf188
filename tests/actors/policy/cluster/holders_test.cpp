#include "actors/policy/cluster/holders.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace troupe;
using namespace troupe::policy;

namespace {

std::vector<peer_status> peers(std::size_t count) {
  std::vector<peer_status> all;
  for (std::size_t i = 1; i <= count; ++i)
    all.push_back({.id = {i * 1000}, .load = {.room_bytes = 1'000'000}});
  return all;
}

} // namespace

TEST_CASE("holders: each peer gets its part", "[policy][cluster]") {
  std::map<node_id, int> first;
  for (std::int64_t id = 1; id <= 3000; ++id)
    ++first[choose_holders({id}, 1, peers(3)).front()];
  REQUIRE(first.size() == 3);
  for (const auto& [id, count] : first) {
    CHECK(count > 900);
    CHECK(count < 1100);
  }
}

TEST_CASE("holders: a peer that goes moves nobody's choice but its own", "[policy][cluster]") {
  const auto all = peers(4);
  const auto fewer = peers(3);
  for (std::int64_t id = 1; id <= 500; ++id) {
    auto before = choose_holders({id}, 1, all);
    std::erase(before, node_id{4000});
    CHECK(before == choose_holders({id}, 1, fewer));
  }
}

TEST_CASE("holders: only who can take it is chosen, and the narrow come last", "[policy][cluster]") {
  auto some = peers(5);
  some[0].reachable = false;
  some[1].lost = true;
  some[2].load.draining = true;
  some[3].load.room_bytes = 50'000;
  for (std::int64_t id = 1; id <= 50; ++id) {
    CHECK(choose_holders({id}, 10, some) == std::vector{some[4].id, some[3].id});
    CHECK(choose_holders({id}, 60'000, some) == std::vector{some[4].id});
  }
}

TEST_CASE("takeover: all compute one order, whoever is asked", "[policy][cluster]") {
  const std::vector<node_id> three{{1}, {2}, {3}};
  for (std::int64_t id = 1; id <= 100; ++id) {
    std::size_t sum = 0;
    for (const auto& each : three)
      sum += takeover_rank({id}, each, three);
    CHECK(sum == 0 + 1 + 2);
  }
}
