#include "tests/actors/switchboard_fixture.hpp"

#include "actors/worker_pool.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace troupe::switchboard_play;
using namespace std::chrono_literals;
using stage = switchboard_play::switchboard_fixture;

TEST_CASE_METHOD(stage, "switchboard: many who ask for one domain are one question", "[actors]") {
  plan("one.test", "mx.one.test");
  names->slow = true;
  auto first = self->request(board, caf::infinite, find_route{mx("one.test")});
  auto second = self->request(board, caf::infinite, find_route{mx("one.test")});
  settle();
  CHECK(names->asked == std::vector<std::string>{"one.test"});
  CHECK(self->mailbox().empty());
  self->send(resolver, submit<find_hosts>{.job = {.name = "free.test"}});
  settle();
  REQUIRE(self->mailbox().size() == 2);
  route_actor found;
  first.receive([&](route_found& x) { found = x.route; }, [](caf::error&) { FAIL("refused"); });
  REQUIRE(found);
  second.receive([&](route_found& x) { CHECK(x.route == found); }, [](caf::error&) { FAIL("refused"); });
  CHECK(names->asked.size() == 2);
}

TEST_CASE_METHOD(stage, "switchboard: a plan is remembered for as long as it is valid", "[actors]") {
  plan("one.test", "mx.one.test", 60s);
  const auto first = find(mx("one.test"));
  REQUIRE(first.ok());
  REQUIRE(first->route);
  CHECK(first->valid_for == 60s);
  advance(40s);
  const auto second = find(mx("one.test"));
  CHECK(second->route == first->route);
  CHECK(second->valid_for <= 20s); // what is left of it
  CHECK(names->asked.size() == 1);
  advance(21s);
  REQUIRE(find(mx("one.test")).ok());
  CHECK(names->asked.size() == 2);
}

TEST_CASE_METHOD(stage, "switchboard: domains with the same hosts share a route", "[actors]") {
  plan("one.test", "mx.host.test");
  plan("two.test", "mx.host.test");
  plan("other.test", "mx.other.test");
  const auto one = find(mx("one.test"));
  const auto two = find(mx("two.test"));
  const auto other = find(mx("other.test"));
  REQUIRE((one.ok() && two.ok() && other.ok()));
  CHECK(one->route == two->route);
  CHECK(one->route != other->route);
  // Other terms, another route.
  auto strict = mx("one.test");
  strict.key = "mx:one.test~3";
  const auto apart = find(strict);
  REQUIRE(apart.ok());
  CHECK(apart->route != one->route);
  CHECK(ask<routes_view>(board, describe_routes{})->all.size() == 3);
}

TEST_CASE_METHOD(stage, "switchboard: what DNS says is the outcome, for good or for now", "[actors]") {
  refusal("null.test", {556, "5.1.10", {"null MX"}});
  refusal("sick.test", {451, "4.4.3", {"SERVFAIL"}});
  const auto gone = find(mx("null.test"));
  REQUIRE(gone.ok());
  CHECK_FALSE(gone->route);
  CHECK(gone->instead.kind == outcome_kind::failed);
  CHECK(gone->instead.answer.code == 556);
  const auto later = find(mx("sick.test"));
  CHECK_FALSE(later->route);
  CHECK(later->instead.kind == outcome_kind::deferred);
  // No answer at all is temporary, and not remembered.
  const auto silent = find(mx("silent.test"));
  REQUIRE(silent.ok());
  CHECK(silent->instead.kind == outcome_kind::deferred);
  CHECK(silent->instead.answer.code == 451);
  names->asked.clear();
  REQUIRE(find(mx("silent.test")).ok());
  CHECK(names->asked == std::vector<std::string>{"silent.test"});
}

TEST_CASE_METHOD(stage, "switchboard: a host by name is asked for by name, a discard not at all", "[actors]") {
  auto hop = *policy::parse_via("smtp:relay.test:2525");
  hop.terms = std::make_shared<policy::hop_terms>();
  REQUIRE(find(hop).ok());
  CHECK(names->asked == std::vector<std::string>{"host relay.test"});
  auto nowhere = *policy::parse_via("discard");
  nowhere.terms = std::make_shared<policy::hop_terms>();
  const auto found = find(nowhere);
  REQUIRE(found.ok());
  CHECK(found->route);
  CHECK(names->asked.size() == 1);
}

TEST_CASE_METHOD(stage, "switchboard: a route that died is made anew", "[actors]") {
  plan("one.test", "mx.one.test");
  const auto first = find(mx("one.test"));
  REQUIRE(first.ok());
  caf::anon_send_exit(first->route, caf::exit_reason::kill);
  settle();
  const auto second = find(mx("one.test"));
  REQUIRE(second.ok());
  REQUIRE(second->route);
  CHECK(second->route != first->route);
  CHECK(names->asked.size() == 1);
  CHECK(logged().find("route_crashed") != std::string::npos);
}

TEST_CASE_METHOD(stage, "switchboard: a question that its resolver died of is asked of the next one",
                 "[actors]") {
  plan("one.test", "mx.one.test");
  caf::anon_send_exit(resolver, caf::exit_reason::kill);
  settle();
  auto answer = self->request(board, caf::infinite, find_route{mx("one.test")});
  settle();
  CHECK(self->mailbox().empty());
  cast->cast(keep(sys.spawn(fake_pool, names)));
  advance(resolver_wait);
  REQUIRE(self->mailbox().size() == 1);
  answer.receive([](route_found& x) { CHECK(x.route); }, [](caf::error&) { FAIL("refused"); });
  CHECK(names->asked.size() == 1);
}

TEST_CASE_METHOD(stage, "switchboard: a question that kills its resolver in the pool is asked of the next one",
                 "[actors]") {
  plan("one.test", "mx.one.test");
  names->slow = true;
  std::vector<resolver_actor> crew;
  using real_pool = worker_pool<find_hosts, hosts_found, resolver_actor>;
  pool_terms terms{.name = "dns", .path = "/outbound/dns", .pool = {}, .restarts = {}};
  terms.pool.style = policy::work_style::all_at_once;
  const auto pool = dns_pool_actor{sys.spawn<real_pool>(home, terms, [&](policy::worker_number) {
    crew.push_back(sys.spawn(fake_resolver, names));
    return crew.back();
  })};
  cast->cast(keep(pool));
  auto answer = self->request(board, caf::infinite, find_route{mx("one.test")});
  settle();
  REQUIRE(crew.size() == 1);
  REQUIRE(names->asked.size() == 1);
  names->slow = false;
  names->unanswered.clear();
  caf::anon_send_exit(crew[0], caf::exit_reason::kill);
  advance(5s);
  REQUIRE(self->mailbox().size() == 1);
  answer.receive([](route_found& x) { CHECK(x.route); }, [](caf::error&) { FAIL("refused"); });
  CHECK(crew.size() == 2);
  CHECK(names->asked.size() == 2);
  crew.clear();
}

TEST_CASE_METHOD(stage, "switchboard: without a resolver it says so, and that is no outcome for mail",
                 "[actors]") {
  cast->vacate();
  auto answer = self->request(board, caf::infinite, find_route{mx("one.test")});
  advance(resolver_wait * resolver_tries_max);
  REQUIRE(self->mailbox().size() == 1);
  answer.receive([](route_found&) { FAIL("found without asking"); },
                 [](caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
  cast->cast(resolver);
}

TEST_CASE_METHOD(stage, "switchboard: its death drains its routes, so that the next one starts afresh",
                 "[actors]") {
  plan("one.test", "mx.one.test");
  const auto found = find(mx("one.test"));
  REQUIRE(found.ok());
  self->monitor(found->route);
  caf::anon_send_exit(board, caf::exit_reason::unhandled_exception);
  settle();
  advance(2s);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::user_shutdown); });
}

TEST_CASE_METHOD(stage, "switchboard: a suspension outlives its route", "[actors]") {
  plan("one.test", "mx.one.test");
  const auto told = [this](auto what) { return ask<routes_told>(board, what)->count; };
  CHECK(told(suspend_route{"mx:mx.one.test", 3600s}) == 0);
  auto found = find(mx("one.test"));
  REQUIRE(found.ok());
  CHECK(ask<route_view>(found->route, describe_route{})->state == "suspended");
  caf::anon_send_exit(found->route, caf::exit_reason::kill);
  settle();
  found = find(mx("one.test"));
  CHECK(ask<route_view>(found->route, describe_route{})->suspended_for == 3600s);
  const auto listed = ask<routes_view>(board, describe_routes{})->suspended;
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].name == "mx:mx.one.test");
  CHECK(told(resume_route{"mx:mx.one.test"}) == 1);
  CHECK(ask<route_view>(found->route, describe_route{})->state == "open");
  CHECK(told(suspend_route{"mx:mx.one.test", 5s}) == 1);
  CHECK(ask<route_view>(found->route, describe_route{})->state == "suspended");
  advance(5s);
  CHECK(ask<route_view>(found->route, describe_route{})->state == "open");
  CHECK(ask<routes_view>(board, describe_routes{})->suspended.empty());
}

TEST_CASE_METHOD(stage, "switchboard: a suspension outlives the switchboard", "[actors]") {
  plan("one.test", "mx.one.test");
  REQUIRE(ask<routes_told>(board, suspend_route{"mx:mx.one.test", 3600s}).ok());
  REQUIRE(ask<routes_told>(board, suspend_route{"mx:mx.two.test", 60s}).ok());
  const auto before = find(mx("one.test"))->route;
  advance(600s);
  restart();
  const auto found = find(mx("one.test"));
  REQUIRE(found.ok());
  CHECK(found->route != before);
  CHECK(ask<route_view>(found->route, describe_route{})->suspended_for == 3000s);
  CHECK(ask<routes_view>(board, describe_routes{})->suspended.size() == 1);
  REQUIRE(ask<routes_told>(board, resume_route{"mx:mx.one.test"})->count == 1);
  restart();
  CHECK(ask<route_view>(find(mx("one.test"))->route, describe_route{})->state == "open");
}

TEST_CASE_METHOD(stage, "switchboard: more suspensions than it can remember are refused", "[actors]") {
  for (std::size_t i = 0; i < suspensions_max; ++i)
    REQUIRE(ask<routes_told>(board, suspend_route{"mx:" + std::to_string(i), 60s}).ok());
  CHECK(ask<routes_told>(board, suspend_route{"mx:more", 60s}).error().code == errc::limit_exceeded);
  CHECK(ask<routes_told>(board, suspend_route{"mx:7", 90s}).ok());
  advance(61s);
  CHECK(ask<routes_told>(board, suspend_route{"mx:more", 60s}).ok());
}

TEST_CASE_METHOD(stage, "switchboard: draining, it ends after its last route", "[actors]") {
  plan("one.test", "mx.one.test");
  REQUIRE(find(mx("one.test")).ok());
  self->monitor(board);
  self->send(board, drain{});
  settle();
  CHECK(find(mx("one.test")).error().code == errc::draining);
  advance(3s);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::user_shutdown); });
}

namespace {

using policies = std::shared_ptr<std::map<std::string, policy::sts_policy>>;

sts_keeper_actor::behavior_type fake_keeper(sts_keeper_actor::pointer, policies known) {
  return {[known](const find_sts_policy& x) {
    const auto at = known->find(x.domain);
    return sts_policy_found{
      at == known->end() ? nullptr : std::make_shared<const policy::sts_policy>(at->second), 30s};
  }};
}

struct stage_with_policies : stage {
  policies known = std::make_shared<policies::element_type>();
  role_ptr<sts_keeper_actor> keeper = make_role<sts_keeper_actor>();

  stage_with_policies() {
    keeper->cast(sys.spawn(fake_keeper, known));
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(keeper->now()));
    outbound_options options;
    options.sts = std::make_shared<sts_terms>();
    board = spawn<switchboard>(home, options, std::vector<io_unit*>{},
                               std::vector<role_ptr<spool_actor>>{}, cast,
                               make_role<delivery_pool_actor>(), legacy, keeper);
  }

  ~stage_with_policies() { board = nullptr; }

  /// What routes are called by now, in order.
  std::vector<std::string> routes() {
    std::vector<std::string> all;
    const auto ways = ask<routes_view>(board, describe_routes{});
    for (const auto& each : ways->all)
      all.push_back(ask<route_view>(each, describe_route{})->name);
    return all;
  }
};

} // namespace

TEST_CASE_METHOD(stage_with_policies, "switchboard: domains share a route if they ask for the same proof", "[actors]") {
  for (const auto* domain : {"a.test", "b.test", "c.test", "d.test", "e.test"})
    plan(domain, "mx.test");
  known->insert({"b.test", {policy::sts_mode::enforce, 1h, {"mx.test"}}});
  known->insert({"c.test", {policy::sts_mode::enforce, 1h, {"*.test"}}});
  known->insert({"d.test", {policy::sts_mode::enforce, 1h, {"other.test"}}});
  known->insert({"e.test", {policy::sts_mode::testing, 1h, {"mx.test"}}});
  plan("f.test", "mx.test");
  names->plans["f.test"].hosts[0].dane.state = dane_state::unusable;
  for (const auto* domain : {"a.test", "b.test", "c.test", "d.test", "e.test", "f.test"})
    REQUIRE(find(mx(domain)).ok());
  CHECK(routes() == std::vector<std::string>{"mx:mx.test", "mx:mx.test~dane", "mx:mx.test~sts",
                                             "mx:mx.test~sts:d.test", "mx:mx.test~sts:e.test"});
  // No rule asks, no policy is asked.
  auto plain = mx("b.test");
  plain.key = "mx:b.test~2";
  auto terms = std::make_shared<policy::hop_terms>();
  terms->tls = policy::tls_policy::off;
  plain.terms = terms;
  REQUIRE(find(plain).ok());
  CHECK(routes().back() == "mx:mx.test~sts:e.test");
  CHECK(routes().size() == 6);
}

TEST_CASE_METHOD(stage_with_policies, "switchboard: an answer is valid as long as all of it", "[actors]") {
  plan("a.test", "mx.test", 600s);
  CHECK(find(mx("a.test"))->valid_for == 30s);
}

TEST_CASE_METHOD(stage_with_policies, "switchboard: without the keeper of policies there is no way, and no outcome", "[actors]") {
  plan("a.test", "mx.test");
  keeper->vacate();
  auto answer = self->request(board, caf::infinite, find_route{mx("a.test")});
  advance(2s);
  answer.receive([](const route_found&) { FAIL("found a way in the dark"); },
                 [](const caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
}
