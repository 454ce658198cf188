#include "actors/policy/cluster/sharing.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

peer_status peer(std::uint64_t id, std::uint64_t queued) {
  return {.id = {id}, .load = {.queued = queued, .room_bytes = 1000}};
}

std::size_t total(const std::vector<share_order>& orders) {
  std::size_t sum = 0;
  for (const auto& each : orders)
    sum += each.messages;
  return sum;
}

} // namespace

TEST_CASE("sharing: only a queue far above its peers', in which mail waits, is shared", "[policy][cluster]") {
  const std::vector peers{peer(2, 4000), peer(3, 4000)};
  CHECK(share_out({}, {.queued = 7000, .wait = 10s}, peers).empty());
  CHECK(share_out({}, {.queued = 9000, .wait = 1s}, peers).empty());
  CHECK_FALSE(share_out({}, {.queued = 9000, .wait = 10s}, peers).empty());
  CHECK(share_out({}, {.queued = 900, .wait = 10s}, std::vector{peer(2, 0)}).empty());
}

TEST_CASE("sharing: a joining node gets its part, in bounded rounds", "[policy][cluster]") {
  const std::vector peers{peer(2, 0), peer(3, 20'000)};
  const auto orders = share_out({}, {.queued = 30'000, .wait = 10s}, peers);
  REQUIRE(orders.size() == 1);
  CHECK(orders.front().to == node_id{2});
  CHECK(orders.front().messages == 64);
  // At the end only half of what is above the mean goes.
  CHECK(total(share_out({.queued_min = 1}, {.queued = 40, .wait = 10s}, std::vector{peer(2, 0)})) == 10);
}

TEST_CASE("sharing: two nodes that look at each other do not swap their queues", "[policy][cluster]") {
  std::uint64_t a = 10'000, b = 100;
  for (int round = 0; round < 1000; ++round) {
    const auto from_a = total(share_out({}, {.queued = a, .wait = 10s}, std::vector{peer(2, b)}));
    const auto from_b = total(share_out({}, {.queued = b, .wait = 10s}, std::vector{peer(1, a)}));
    CHECK((from_a == 0 || from_b == 0));
    a += from_b - from_a;
    b += from_a - from_b;
  }
  CHECK(a <= 2 * b);
}

TEST_CASE("sharing: who drains gives everything, and nobody gives to who drains", "[policy][cluster]") {
  auto draining = peer(2, 0);
  draining.load.draining = true;
  CHECK(share_out({}, {.queued = 50'000, .wait = 10s}, std::vector{draining}).empty());
  CHECK(total(share_out({}, {.queued = 10, .draining = true}, std::vector{draining, peer(3, 500), peer(4, 500)})) == 10);
  CHECK(share_out({}, {.queued = 0, .draining = true}, std::vector{peer(3, 5)}).empty());
}
