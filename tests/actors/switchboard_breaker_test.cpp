#include "tests/actors/switchboard_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace troupe::switchboard_play;
using namespace std::chrono_literals;
using stage = switchboard_play::switchboard_fixture;

TEST_CASE_METHOD(stage, "switchboard: a breaker is reached by the name of its route", "[actors]") {
  plan("one.test", "mx.one.test");
  CHECK(ask<routes_told>(board, set_breaker{"mx:mx.one.test", breaker_act::open}).error().code
        == errc::not_found);
  const auto found = find(mx("one.test"));
  REQUIRE(ask<routes_told>(board, set_breaker{"mx:mx.one.test", breaker_act::open}).ok());
  CHECK(ask<route_view>(found->route, describe_route{})->state == "resting");
  REQUIRE(ask<routes_told>(board, set_breaker{"mx:mx.one.test", breaker_act::reset}).ok());
  CHECK(ask<route_view>(found->route, describe_route{})->state == "open");
}

TEST_CASE_METHOD(stage, "switchboard: a silent DNS is left alone until a trial, and no mail pays for it",
                 "[actors]") {
  const policy::breaker_options terms;
  for (unsigned i = 0; i < terms.min_requests; ++i)
    CHECK(find(mx("silent" + std::to_string(i) + ".test"))->instead.kind == outcome_kind::deferred);
  CHECK(ask<routes_view>(board, describe_routes{})->dns.state == policy::breaker_state::open);
  CHECK(logged().find("breaker_changed name=dns from=closed to=open") != std::string::npos);
  CHECK(home.metrics.render().find("troupe_breaker_state{name=\"dns\"} 2") != std::string::npos);
  names->asked.clear();
  plan("one.test", "mx.one.test");
  const auto refused = find(mx("one.test"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::mailbox_full);
  CHECK(names->asked.empty());
  // The next one after its time is the trial, and speaks for all.
  advance(terms.open);
  CHECK(find(mx("one.test"))->route);
  CHECK(ask<routes_view>(board, describe_routes{})->dns.state == policy::breaker_state::closed);
  CHECK(find(mx("silent.test")).ok());
  const auto text = home.metrics.render();
  CHECK(text.find("troupe_breaker_state{name=\"dns\"} 0") != std::string::npos);
  CHECK(text.find("troupe_breaker_transitions_total{name=\"dns\",to=\"open\"} 1") != std::string::npos);
}

TEST_CASE_METHOD(stage, "switchboard: one trial is out at a time, and its silence prolongs the rest",
                 "[actors]") {
  const policy::breaker_options terms;
  for (unsigned i = 0; i < terms.min_requests; ++i)
    REQUIRE(find(mx("silent" + std::to_string(i) + ".test")).ok());
  advance(terms.open);
  plan("two.test", "mx.two.test");
  names->slow = true;
  names->asked.clear();
  auto trial = self->request(board, caf::infinite, find_route{mx("one.test")});
  settle();
  CHECK(find(mx("two.test")).error().code == errc::mailbox_full);
  CHECK(names->asked == std::vector<std::string>{"one.test"});
  self->send(resolver, submit<find_hosts>{.job = {.name = "free.test"}}); // one.test times out
  settle();
  trial.receive([](route_found& x) { CHECK_FALSE(x.route); }, [](caf::error&) { FAIL("refused"); });
  const auto view = ask<routes_view>(board, describe_routes{})->dns;
  CHECK(view.state == policy::breaker_state::open);
  CHECK(view.opens_for == 2 * terms.open);
  names->unanswered.clear();
}

TEST_CASE_METHOD(stage, "switchboard: that a domain is ill or has no mail says nothing against the DNS",
                 "[actors]") {
  refusal("sick.test", {451, "4.4.3", {"SERVFAIL"}}, 0s);
  refusal("none.test", {550, "5.1.2", {"NXDOMAIN"}}, 0s);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(find(mx("sick.test")).ok());
    REQUIRE(find(mx("none.test")).ok());
  }
  const auto view = ask<routes_view>(board, describe_routes{})->dns;
  CHECK(view.state == policy::breaker_state::closed);
  CHECK(view.requests == 40);
  CHECK(view.failures == 0);
}

TEST_CASE_METHOD(stage, "switchboard: an operator holds the DNS, but not what has an address", "[actors]") {
  plan("one.test", "mx.one.test");
  REQUIRE(ask<routes_told>(board, set_breaker{"dns", breaker_act::open}).ok());
  CHECK(find(mx("one.test")).error().code == errc::mailbox_full);
  plan("192.0.2.7", "192.0.2.7");
  auto hop = *policy::parse_via("smtp:192.0.2.7:2525");
  hop.terms = std::make_shared<policy::hop_terms>();
  const auto found = find(hop);
  REQUIRE(found.ok());
  CHECK(found->route);
  REQUIRE(ask<routes_told>(board, set_breaker{"dns", breaker_act::reset}).ok());
  CHECK(find(mx("one.test")).ok());
}

TEST_CASE_METHOD(stage, "switchboard: other terms for breakers begin afresh with the DNS", "[actors]") {
  const policy::breaker_options terms;
  for (unsigned i = 0; i < terms.min_requests; ++i)
    REQUIRE(find(mx("silent" + std::to_string(i) + ".test")).ok());
  const auto state = [this] { return ask<routes_view>(board, describe_routes{})->dns.state; };
  outbound_options same;
  self->send(board, use_outbound_options{same});
  CHECK(state() == policy::breaker_state::open);
  same.breaker.min_requests = 1;
  self->send(board, use_outbound_options{same});
  CHECK(state() == policy::breaker_state::closed);
  REQUIRE(find(mx("silent.test")).ok());
  CHECK(state() == policy::breaker_state::open);
}

TEST_CASE_METHOD(stage, "switchboard: what is held by hand stays so when routes and switchboards die", "[actors]") {
  plan("one.test", "mx.one.test");
  const auto act = [this](const std::string& name, breaker_act what) {
    return ask<routes_told>(board, set_breaker{name, what});
  };
  const auto state = [this] { return ask<route_view>(find(mx("one.test"))->route, describe_route{})->state; };
  const auto dns = [this] { return ask<routes_view>(board, describe_routes{})->dns; };
  REQUIRE(state() == "open");
  REQUIRE(act("mx:mx.one.test", breaker_act::open).ok());
  caf::anon_send_exit(find(mx("one.test"))->route, caf::exit_reason::kill);
  settle();
  CHECK(state() == "resting");
  restart();
  CHECK(state() == "resting");
  REQUIRE(act("dns", breaker_act::open).ok());
  restart();
  CHECK(dns().forced == policy::breaker_force::open);
  outbound_options others;
  others.breaker.min_requests = 7;
  self->send(board, use_outbound_options{others});
  CHECK(dns().forced == policy::breaker_force::open);
  // Nobody stands there, and still it can be let go of.
  CHECK(act("mx:mx.one.test", breaker_act::reset)->count == 0);
  CHECK(act("mx:mx.one.test", breaker_act::reset).error().code == errc::not_found);
  REQUIRE(act("dns", breaker_act::reset).ok());
  restart();
  CHECK(dns().forced == policy::breaker_force::none);
  CHECK(state() == "open");
}

TEST_CASE_METHOD(stage, "switchboard: more breakers held by hand than it can remember are refused", "[actors]") {
  for (std::size_t i = 0; i < forced_breakers_max; ++i)
    legacy->breakers["mx:" + std::to_string(i)] = breaker_act::open;
  CHECK(ask<routes_told>(board, set_breaker{"dns", breaker_act::open}).error().code == errc::limit_exceeded);
  CHECK(ask<routes_view>(board, describe_routes{})->dns.state == policy::breaker_state::closed);
  CHECK(ask<routes_told>(board, set_breaker{"mx:7", breaker_act::close}).ok());
  CHECK(ask<routes_told>(board, set_breaker{"mx:8", breaker_act::reset}).ok());
  CHECK(ask<routes_told>(board, set_breaker{"dns", breaker_act::open}).ok());
}
