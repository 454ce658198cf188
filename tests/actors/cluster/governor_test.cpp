#include "actors/cluster/governor.hpp"

#include "tests/support/actor_fixture.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::breaker_state;
using policy::node_id;

namespace {

/// A network between GOVERNORS, and what MEMBER says of it.
struct network {
  std::map<node_id, governor_actor> nodes;
  std::set<node_id> cut;
  std::map<node_id, mandate> mandates;
};
using network_ptr = std::shared_ptr<network>;

parcel_sender::behavior_type fake_hub(parcel_sender::pointer, network_ptr net, node_id whose) {
  return {[net, whose](const send_parcel& x) {
    const auto to = net->nodes.find(x.to);
    if (to != net->nodes.end() && to->second && !net->cut.contains(whose) && !net->cut.contains(x.to))
      caf::anon_send(to->second, parcel_came{whose, x.on, x.slice, x.bytes});
  }};
}

mandate_giver::behavior_type fake_member(mandate_giver::pointer, network_ptr net, node_id whose) {
  return {[net, whose](const ask_mandate&) { return net->mandates[whose]; }};
}

using notes = std::shared_ptr<std::vector<use_allowance>>;

lessee_actor::behavior_type fake_route(lessee_actor::pointer, notes told) {
  return {[told](const use_allowance& x) { told->push_back(x); }};
}

/// Three nodes, each with a route to the same next hop.
struct trio : support::actor_fixture {
  static constexpr milliseconds lease = 9s;
  network_ptr net = std::make_shared<network>();
  std::vector<node_id> ids{{1}, {2}, {3}};
  std::map<node_id, notes> told;
  std::map<node_id, lessee_actor> routes;
  std::map<node_id, unsigned> wanted;
  std::map<node_id, std::uint32_t> failures;
  std::map<node_id, std::uint32_t> successes;

  trio() {
    advance(1h);
    for (const auto id : ids) {
      net->mandates[id] = {true, steady() - 1h, ids, 3};
      const auto hub = spawn_kept(sys.spawn(fake_hub, net, id));
      const auto member = spawn_kept(sys.spawn(fake_member, net, id));
      net->nodes[id] = spawn<governor>(home, governor_options{id, lease}, make_role<parcel_sender>(hub), make_role<mandate_giver>(member));
      told[id] = std::make_shared<std::vector<use_allowance>>();
      routes[id] = spawn_kept(sys.spawn(fake_route, told[id]));
    }
    settle();
  }
  ~trio() {
    net->nodes.clear();
    routes.clear();
  }

  template <class Handle>
  Handle spawn_kept(Handle made) {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(made));
    return made;
  }

  steady_time steady() { return sched.clock().now(); }
  node_id owner() const { return policy::owner_of(hop_number("mx:x.test"), net->mandates.begin()->second.eligible); }
  unsigned allowed(node_id id) const { return told.at(id)->empty() ? 0 : told.at(id)->back().sessions; }
  unsigned sum() const { return allowed({1}) + allowed({2}) + allowed({3}); }

  /// Time passes; the routes ask once a second. Never is more allowed than the limit.
  void pass(seconds time) {
    for (auto at = 0s; at < time; ++at) {
      for (const auto id : ids)
        if (routes.at(id) && net->nodes.at(id)) {
          self->send(net->nodes.at(id), ask_allowance{"mx:x.test", 10, {}, wanted[id], std::exchange(successes[id], 0), std::exchange(failures[id], 0), routes.at(id)});
        }
      for (int tenth = 0; tenth < 10; ++tenth) {
        advance(100ms);
        REQUIRE(sum() <= 10);
      }
    }
  }

  limits_view view(node_id id) { return *ask<limits_view>(net->nodes.at(id), describe_limits{}); }
};

} // namespace

TEST_CASE_METHOD(trio, "what all nodes may use together is never more than the limit, and all of it is used", "[cluster]") {
  wanted = {{{1}, 20}, {{2}, 20}, {{3}, 20}};
  pass(30s);
  CHECK(sum() >= 9);
  for (const auto id : ids)
    CHECK(allowed(id) >= 3);
  wanted = {{{1}, 20}, {{2}, 0}, {{3}, 0}};
  pass(40s);
  CHECK(allowed({1}) == 10);
  const auto shown = view(owner()).all;
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].hop == "mx:x.test");
  CHECK(shown[0].out);
  CHECK(shown[0].owner == owner());
}

TEST_CASE_METHOD(trio, "a node that is cut off lives on its share, and the others on the rest", "[cluster]") {
  wanted = {{{1}, 20}, {{2}, 20}, {{3}, 20}};
  pass(30s);
  const auto alone = owner() == node_id{1} ? node_id{2} : node_id{1};
  net->cut = {alone};
  net->mandates[alone] = {false, {}, {}, 3};
  pass(60s);
  CHECK(allowed(alone) == 3);
  CHECK(sum() >= 9);
  net->cut.clear();
  net->mandates[alone] = net->mandates[owner()];
  pass(40s);
  CHECK(sum() >= 9);
}

TEST_CASE_METHOD(trio, "when the owner of a limit dies, the next one waits out what it lent", "[cluster]") {
  wanted = {{{1}, 20}, {{2}, 20}, {{3}, 20}};
  pass(30s);
  const auto dead = owner();
  net->cut = {dead};
  caf::anon_send_exit(std::exchange(net->nodes.at(dead), nullptr), caf::exit_reason::kill);
  routes.at(dead) = nullptr;
  told.at(dead)->clear();
  std::vector<node_id> rest;
  for (const auto id : ids)
    if (id != dead)
      rest.push_back(id);
  for (const auto id : ids)
    net->mandates[id] = {false, {}, {}, 3};
  pass(10s);
  const auto since = steady();
  for (const auto id : rest)
    net->mandates[id] = {true, since, rest, 3};
  net->mandates.erase(dead);
  pass(60s);
  CHECK(sum() >= 6);
}

TEST_CASE_METHOD(trio, "without anybody who may lend each lives on its share", "[cluster]") {
  for (auto& [id, each] : net->mandates)
    each = {false, {}, {}, 3};
  wanted = {{{1}, 20}, {{2}, 20}, {{3}, 20}};
  pass(60s);
  CHECK(sum() == 9);
}

TEST_CASE_METHOD(trio, "before it is known how many nodes there are, nothing is allowed", "[cluster]") {
  for (auto& [id, each] : net->mandates)
    each = {};
  for (const auto id : ids) { // these have never heard of it
    caf::anon_send_exit(net->nodes.at(id), caf::exit_reason::kill);
    net->nodes[id] = spawn<governor>(home, governor_options{id, lease}, make_role<parcel_sender>(spawn_kept(sys.spawn(fake_hub, net, id))),
                                     make_role<mandate_giver>(spawn_kept(sys.spawn(fake_member, net, id))));
  }
  wanted = {{{1}, 20}, {{2}, 20}, {{3}, 20}};
  pass(60s);
  CHECK(sum() == 0);
}

TEST_CASE_METHOD(trio, "one breaker for all: failures anywhere open it, and one node at a time is given the trial", "[cluster]") {
  wanted = {{{1}, 5}, {{2}, 5}, {{3}, 5}};
  pass(20s);
  failures = {{{1}, 4}, {{2}, 4}, {{3}, 4}};
  pass(10s);
  for (const auto id : ids)
    CHECK(told.at(id)->back().breaker != breaker_state::closed);
  for (const auto id : ids)
    told.at(id)->clear();
  pass(50s);
  std::size_t trials = 0;
  node_id trier{};
  for (const auto id : ids)
    for (const auto& each : *told.at(id))
      if (each.trial) {
        ++trials;
        trier = id;
      }
  REQUIRE(trials >= 1);
  CHECK(trials <= 3); // one for each lease at most
  successes[trier] = 1;
  pass(20s);
  for (const auto id : ids)
    CHECK(told.at(id)->back().breaker == breaker_state::closed);
}
