#include "actors/policy/cluster/membership.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <set>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

/// Some nodes with links that the test cuts. Each has a clock of its own.
struct troop {
  explicit troop(std::size_t count, membership_options rules = {}) : options{rules} {
    for (std::size_t i = 0; i < count; ++i)
      nodes.push_back(std::make_unique<membership>(options, row(i), std::vector<member_row>{}, clock(i)));
    for (std::size_t a = 0; a < count; ++a)
      for (std::size_t b = 0; b < count; ++b)
        if (a != b)
          nodes[a]->introduce(row(b), clock(a));
  }
  static member_row row(std::size_t i, std::uint64_t starts = 1) {
    return {.id = {i + 1}, .name = "n" + std::to_string(i), .address = "", .number = static_cast<std::uint16_t>(i),
            .life = first_life(starts), .left = false};
  }
  steady_time clock(std::size_t i) const { return steady_time{now + i * 1h}; }

  void pass(milliseconds time) {
    for (const auto end = now + time; now < end; now += 100ms) {
      for (std::size_t i = 0; i < nodes.size(); ++i)
        if (!stopped.contains(i))
          nodes[i]->tick(clock(i));
      for (std::size_t i = 0; i < nodes.size(); ++i)
        carry(i);
    }
  }
  void carry(std::size_t from) {
    while (const auto todo = nodes[from]->next()) {
      seen.emplace_back(from, *todo);
      const auto* const send = std::get_if<send_heartbeat>(&*todo);
      const auto to = send != nullptr ? send->to.value - 1 : 0;
      if (send != nullptr && to < nodes.size() && !cut.contains({from, to}) && !stopped.contains(to))
        nodes[to]->receive(send->what, clock(to));
    }
  }
  template <class Action>
  std::size_t count(std::size_t at) const {
    std::size_t sum = 0;
    for (const auto& [from, todo] : seen)
      sum += from == at && std::holds_alternative<Action>(todo) ? 1 : 0;
    return sum;
  }
  void isolate(std::size_t one) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      cut.insert({one, i});
      cut.insert({i, one});
    }
  }

  membership_options options;
  std::chrono::nanoseconds now = 100h;
  std::vector<std::unique_ptr<membership>> nodes;
  std::set<std::size_t> stopped;
  std::set<std::pair<std::size_t, std::size_t>> cut;
  std::vector<std::pair<std::size_t, membership_action>> seen;
};

} // namespace

TEST_CASE("membership: nodes whose clocks are hours apart stand together", "[policy][cluster]") {
  troop three{3};
  three.pass(30s);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(three.nodes[i]->standing(three.clock(i)));
    CHECK(three.nodes[i]->mandated(three.clock(i)));
    CHECK(three.nodes[i]->size() == 3);
    CHECK(three.nodes[i]->eligible() == std::vector<node_id>{{1}, {2}, {3}});
  }
}

TEST_CASE("membership: who is cut off has no standing before the others hold it for lost", "[policy][cluster]") {
  troop three{3};
  three.pass(15s);
  three.isolate(0);
  bool lost = false;
  for (int i = 0; i < 300 && !lost; ++i) {
    three.pass(100ms);
    lost = three.nodes[1]->is_lost({1});
    if (lost)
      CHECK_FALSE(three.nodes[0]->standing(three.clock(0)));
  }
  CHECK(lost);
  CHECK(three.nodes[1]->standing(three.clock(1)));
  // Alone, it makes nobody lost.
  three.pass(60s);
  CHECK_FALSE(three.nodes[0]->is_lost({2}));
  SECTION("healed, it comes back with a later life") {
    three.cut.clear();
    three.pass(5s);
    CHECK(three.nodes[0]->life() > first_life(1));
    CHECK(three.nodes[0]->standing(three.clock(0)));
    CHECK_FALSE(three.nodes[1]->is_lost({1}));
    CHECK(three.count<peer_returned>(1) == 1);
  }
}

TEST_CASE("membership: a stopped process blames nobody for its own silence", "[policy][cluster]") {
  troop three{3};
  three.pass(15s);
  three.stopped.insert(2);
  three.pass(60s);
  CHECK(three.nodes[0]->is_lost({3}));
  CHECK_FALSE(three.nodes[2]->standing(three.clock(2))); // the moment it is woken
  three.stopped.clear();
  three.pass(5s);
  CHECK(three.count<peer_lost>(2) == 0);
  CHECK(three.nodes[2]->standing(three.clock(2)));
}

TEST_CASE("membership: two nodes go by their rule", "[policy][cluster]") {
  const auto rule = GENERATE(two_node_rule::deliver, two_node_rule::pause);
  membership_options options;
  options.partition = rule;
  troop two{2, options};
  two.pass(15s);
  two.isolate(0);
  two.pass(30s);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(two.nodes[i]->standing(two.clock(i)) == (rule == two_node_rule::deliver));
    CHECK(two.count<peer_lost>(i) == (rule == two_node_rule::deliver ? 1 : 0));
    CHECK_FALSE(two.nodes[i]->mandated(two.clock(i)));
  }
}

TEST_CASE("membership: who left does not count, and may come back", "[policy][cluster]") {
  troop three{3};
  three.pass(15s);
  three.nodes[2]->leave(three.clock(2));
  three.pass(3s);
  three.stopped.insert(2);
  CHECK(three.nodes[0]->size() == 2);
  CHECK(three.nodes[0]->is_lost({3}));
  three.nodes[2] = std::make_unique<membership>(three.options, troop::row(2, 2), std::vector{troop::row(0), troop::row(1)},
                                                three.clock(2));
  three.stopped.clear();
  three.pass(5s);
  CHECK(three.nodes[0]->size() == 3);
  CHECK_FALSE(three.nodes[0]->is_lost({3}));
}

TEST_CASE("membership: a new disk takes the place of the old one under its name", "[policy][cluster]") {
  troop three{3};
  three.pass(15s);
  auto fresh = troop::row(2);
  fresh.id = {77};
  fresh.number = 9;
  three.nodes[0]->introduce(fresh, three.clock(0));
  three.carry(0);
  CHECK(three.count<refuse_peer>(0) == 1); // the old one still speaks
  three.stopped.insert(2);
  three.pass(6s);
  three.nodes[0]->introduce(fresh, three.clock(0));
  CHECK(three.nodes[0]->is_lost({3}));
  CHECK(three.nodes[0]->size() == 3);
}

TEST_CASE("membership: what would break the cluster is refused", "[policy][cluster]") {
  troop three{3};
  three.pass(1s);
  auto stranger = troop::row(5);
  SECTION("a number of message ids that is taken") { stranger.number = 1; }
  SECTION("our own id") { stranger.id = {1}; }
  SECTION("our own name") { stranger.name = "n0"; }
  SECTION("no id") { stranger.id = {}; }
  three.nodes[0]->introduce(stranger, three.clock(0));
  three.carry(0);
  CHECK(three.count<refuse_peer>(0) == 1);
  CHECK(three.nodes[0]->size() == 3);
}

TEST_CASE("membership: a foreign version is refused, a neighbouring one is spoken with", "[policy][cluster]") {
  CHECK(common_version({1, 2}, {2, 3}) == 2);
  CHECK(common_version({1, 1}, {1, 2}) == 1);
  CHECK_FALSE(common_version({1, 1}, {2, 3}));
  troop two{2};
  two.nodes[0]->receive({.speaks = {7, 9}, .from = troop::row(1), .sequence = 1}, two.clock(0));
  two.carry(0);
  CHECK(two.count<refuse_peer>(0) == 1);
}

TEST_CASE("membership: the table of members has a bound", "[policy][cluster]") {
  troop one{1};
  for (std::size_t i = 1; i < 200; ++i)
    one.nodes[0]->introduce(troop::row(i), one.clock(0));
  CHECK(one.nodes[0]->size() == members_max);
  one.carry(0);
  CHECK(one.count<refuse_peer>(0) == 200 - members_max);
}
