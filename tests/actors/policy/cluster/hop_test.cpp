#include "actors/policy/cluster/hop_borrower.hpp"
#include "actors/policy/cluster/hop_lender.hpp"
#include "tests/actors/policy/cluster/schedule.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr steady_time noon{12h};
constexpr std::uint64_t hop = 4711;
constexpr node_id ann{1};
constexpr node_id bob{2};

hop_options ten() {
  hop_options made;
  made.sessions = 10;
  return made;
}

/// Asks, is answered, and may use what came of it.
unsigned ask(hop_borrower& who, hop_lender& whom, node_id id, unsigned wanted, steady_time now) {
  if (const auto request = who.ask(wanted, 3, now))
    who.receive(whom.lend(id, *request, 3, now), now);
  return who.allowed(now);
}

} // namespace

TEST_CASE("hop: each node owns its part, and one that goes moves only its own", "[policy][cluster]") {
  const std::vector<node_id> three{{1}, {2}, {3}};
  const std::vector<node_id> two{{1}, {2}};
  std::map<node_id, int> owned;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    const auto owner = owner_of(i, three);
    ++owned[owner];
    if (owner != node_id{3})
      CHECK(owner_of(i, two) == owner);
  }
  for (const auto& [id, count] : owned)
    CHECK(count > 800);
}

TEST_CASE("hop: a new owner waits out the loans of the one before", "[policy][cluster]") {
  hop_lender owner{ten(), 3, noon};
  hop_borrower node{ten(), hop, 3, noon};
  CHECK(ask(node, owner, ann, 8, noon + 1s) == 0);
  CHECK(owner.waiting(noon + 32s));
  CHECK_FALSE(owner.waiting(noon + 33s));
}

TEST_CASE("hop: while it waits, it prolongs what is reported, up to each one's share", "[policy][cluster]") {
  hop_lender owner{ten(), 3, noon};
  CHECK(owner.lend(ann, {.hop = hop, .number = 1, .wanted = 9, .held = 7}, 3, noon).sessions == 3);
  CHECK(owner.lend(bob, {.hop = hop, .number = 1, .wanted = 9, .held = 1}, 3, noon).sessions == 1);
}

TEST_CASE("hop: what is out never exceeds the limit, and is shared evenly", "[policy][cluster]") {
  hop_lender owner{ten(), 3, noon};
  std::map<node_id, hop_borrower> nodes;
  for (const auto id : {ann, bob, node_id{3}})
    nodes.emplace(id, hop_borrower{ten(), hop, 3, noon});
  for (auto now = noon; now < noon + 3min; now += 1s) {
    unsigned all = 0;
    for (auto& [id, each] : nodes)
      all += ask(each, owner, id, id == ann || now > noon + 100s ? 20 : 0, now);
    CHECK(all <= 10);
    CHECK(owner.out(now) <= 10);
    if (now == noon + 90s)
      CHECK(nodes.at(ann).allowed(now) == 10); // the others want none
  }
  for (const auto& [id, each] : nodes)
    CHECK(each.allowed(noon + 3min) >= 3);
}

TEST_CASE("hop: cut off, a node falls back to its share, after two leases", "[policy][cluster]") {
  hop_lender owner{ten(), 3, noon};
  hop_borrower node{ten(), hop, 3, noon};
  auto now = noon;
  for (; now < noon + 2min; now += 1s)
    ask(node, owner, ann, 4, now);
  REQUIRE(node.allowed(now) == 4);
  const auto cut = now;
  for (; now < cut + 5min; now += 1s) {
    static_cast<void>(node.ask(4, 3, now));
    if (now - cut > 28s && now - cut < 60s)
      CHECK(node.allowed(now) == 0);
  }
  CHECK(node.state() == lessee_state::cut_off);
  CHECK(node.allowed(now) == 3);
  // The owner has counted on it.
  CHECK(owner.out(now) == 9);
}

TEST_CASE("hop: one trial for the whole cluster", "[policy][cluster]") {
  hop_lender owner{ten(), 3, noon};
  const auto later = noon + 40s;
  std::uint64_t number = 0;
  const auto say = [&](node_id who, std::uint32_t failures, steady_time now) {
    return owner.lend(who, {.hop = hop, .number = ++number, .wanted = 5, .failures = failures, .breaker_open = true,
                            .probe_wanted = true}, 3, now);
  };
  CHECK(say(ann, 10, later).breaker == breaker_state::open);
  CHECK_FALSE(say(bob, 0, later + 1s).probe);
  const auto first = say(ann, 0, later + 31s);
  CHECK(first.probe);
  CHECK(first.breaker == breaker_state::half_open);
  CHECK_FALSE(say(bob, 0, later + 31s).probe);
  CHECK_FALSE(say(ann, 0, later + 32s).probe);
  SECTION("its success closes the breaker for all") {
    static_cast<void>(owner.lend(ann, {.hop = hop, .number = ++number, .successes = 1}, 3, later + 33s));
    CHECK(say(bob, 0, later + 34s).breaker == breaker_state::closed);
  }
  SECTION("nobody answers for it: another may go, when the first is surely over") {
    CHECK_FALSE(say(bob, 0, later + 31s + 30s).probe);
    CHECK(say(bob, 0, later + 31s + 34s).probe);
  }
}

TEST_CASE("hop: an open breaker survives its owner", "[policy][cluster]") {
  hop_lender next{ten(), 3, noon};
  CHECK(next.lend(ann, {.hop = hop, .number = 1, .wanted = 1, .breaker_open = true}, 3, noon).breaker
        == breaker_state::open);
}

TEST_CASE("hop: in random schedules, the limit and the one trial hold in every instant", "[policy][cluster]") {
  support::verdict sum;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto result = support::run_hop(seed);
    if (!result.good())
      FAIL_CHECK("seed " << seed << ": " << result.what);
    sum.add(result);
  }
  CHECK(sum.probes > 300);
  CHECK(sum.used * 3 > sum.used_of);
}
