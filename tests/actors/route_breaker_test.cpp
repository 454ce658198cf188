#include "tests/actors/route_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using policy::breaker_force;
using policy::breaker_state;

using stage = support::route_fixture;

TEST_CASE_METHOD(stage, "route: a dead host opens its breaker, and mail is put off until the trial",
                 "[actors]") {
  open();
  offer(1, 100);
  CHECK(fail_all() == 5);
  CHECK(view().state == "resting");
  CHECK(view().rests_for == 30s);
  CHECK(view().breaker.state == breaker_state::open);
  CHECK(view().ready == 0);
  const auto tried = count(attempt_end::made);
  CHECK(tried <= 5 * prefetch_max);
  CHECK(count(attempt_end::put_off) == 100 - tried);
  const auto& last = notes->all.back();
  CHECK(last.wait == 30s);
  REQUIRE(last.results.size() == 1);
  CHECK(last.results[0].what.kind == outcome_kind::deferred);
  CHECK(last.results[0].what.answer.lines.at(0).find("connection refused") != std::string::npos);
  CHECK(logged().find("breaker_changed name=route/smtp:192.0.2.1:25 from=closed to=open")
        != std::string::npos);
  const auto shows = [this](const std::string& what) {
    return home.metrics.render().find(what) != std::string::npos;
  };
  CHECK(shows("troupe_breaker_state{name=\"route/smtp:192.0.2.1:25\"} 2"));
  CHECK(shows("troupe_breaker_transitions_total{name=\"route/smtp:192.0.2.1:25\",to=\"open\"} 1"));
  // What comes meanwhile costs nothing.
  const auto before = hired->size();
  advance(10s);
  offer(200, 200);
  CHECK(hired->size() == before);
  CHECK(notes->all.back().end == attempt_end::put_off);
  CHECK(notes->all.back().wait == 20s);
  // A route that is gone keeps nobody away.
  caf::anon_send_exit(way, caf::exit_reason::kill);
  settle();
  CHECK(shows("troupe_breaker_state{name=\"route/smtp:192.0.2.1:25\"} 0"));
}

TEST_CASE_METHOD(stage, "route: one trial decides, and the others wait for it", "[actors]") {
  open();
  offer(1, 100);
  fail_all();
  const auto before = hired->size();
  const auto said = notes->all.size();
  advance(30s);
  offer(200, 210);
  REQUIRE(hired->size() == before + 1);
  CHECK(view().breaker.state == breaker_state::half_open);
  CHECK(hired->back()->in_hand.size() == 1);
  CHECK(view().ready == 10);
  CHECK(notes->all.size() == said);
  SECTION("it goes well: all go") {
    finish(*hired->back());
    CHECK(view().breaker.state == breaker_state::closed);
    CHECK(view().state == "open");
    CHECK(view().ready < 10);
    CHECK(logged().find("from=half_open to=closed") != std::string::npos);
  }
  SECTION("it fails: twice as long") {
    fail(*hired->back());
    CHECK(view().state == "resting");
    CHECK(view().rests_for == 60s);
    CHECK(notes->all.back().wait == 60s);
    CHECK(view().ready == 0);
  }
  SECTION("it says nothing: another one may go") {
    auto& trial = *hired->back();
    say(trial, attempt_ended{{stage::first_of(trial), attempt_end::not_made, {}, {}, {}},
                             host_news::fine, false});
    say(trial, session_ended{});
    CHECK(hired->size() == before + 2);
    CHECK(view().breaker.state == breaker_state::half_open);
  }
  SECTION("it crashes: another one may go") {
    caf::anon_send_exit(hired->back()->handle, caf::exit_reason::unhandled_exception);
    settle();
    CHECK(hired->size() == before + 2);
  }
}

TEST_CASE_METHOD(stage, "route: as many trials as are allowed, and no more", "[actors]") {
  options.breaker.probes = 3;
  terms.connections_max = 20;
  open();
  offer(1, 100);
  for (std::size_t i = 0; i < 2; ++i) { // a window of four, so that it is not what counts
    finish(man(i));
    finish(man(i));
  }
  fail_all();
  REQUIRE(view().breaker.state == breaker_state::open);
  const auto before = hired->size();
  advance(30s);
  offer(200, 210);
  CHECK(hired->size() <= before + 3);
}

TEST_CASE_METHOD(stage, "route: all trials go at once, however narrow the window had become", "[actors]") {
  options.breaker.probes = 3;
  terms.connections_max = 20;
  open();
  offer(1, 100);
  for (int round = 0; round < 5 && view().breaker.state != breaker_state::open; ++round)
    fail_all();
  REQUIRE(view().breaker.state == breaker_state::open);
  REQUIRE(view().window == 1);
  const auto before = hired->size();
  advance(30s);
  offer(200, 210);
  CHECK(hired->size() == before + 3);
  CHECK(view().window == 3);
}

TEST_CASE_METHOD(stage, "route: the rule's limit holds for trials, too", "[actors]") {
  options.breaker.probes = 3;
  terms.connections_max = 2;
  open();
  offer(1, 100);
  for (int round = 0; round < 5 && view().breaker.state != breaker_state::open; ++round)
    fail_all();
  const auto before = hired->size();
  advance(30s);
  offer(200, 210);
  CHECK(hired->size() == before + 2);
}

TEST_CASE_METHOD(stage, "route: refused letters say nothing about the host", "[actors]") {
  const auto kind = GENERATE(outcome_kind::deferred, outcome_kind::failed);
  open();
  offer(1, 60);
  for (int i = 0; i < 30; ++i)
    finish(man(static_cast<std::size_t>(i) % hired->size()), kind);
  CHECK(view().breaker.failures == 0);
  CHECK(view().breaker.requests == 30);
  CHECK(view().state == "open");
}

TEST_CASE_METHOD(stage, "route: a host that swallows connections is ill after two of them", "[actors]") {
  terms.connections_max = 1;
  open();
  offer(1, 20);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(view().state == "open");
    advance(30s);
    fail(*hired->back(), host_news::unreachable, "timed out");
  }
  CHECK(view().state == "resting");
}

TEST_CASE_METHOD(stage, "route: sessions that break now and then among many that do well open nothing",
                 "[actors]") {
  open();
  offer(1, 200);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 6; ++i)
      for (const auto& each : std::vector(*hired)) // more may be hired meanwhile
        if (!each->in_hand.empty())
          finish(*each);
    for (const auto& each : std::vector(*hired))
      if (!each->in_hand.empty()) {
        fail(*each, host_news::faltered, "421 closing");
        break;
      }
  }
  CHECK(view().breaker.state == breaker_state::closed);
}

TEST_CASE_METHOD(stage, "route: a long queue is put off a little at a time", "[actors]") {
  open();
  self->send<caf::message_priority::high>(way, act_on_breaker{breaker_act::open});
  settle();
  offer(1, static_cast<std::int64_t>(2 * put_off_per_second) + 1);
  REQUIRE(notes->all.size() == 2 * put_off_per_second + 1);
  CHECK(notes->all.front().wait == put_off_max);
  CHECK(notes->all.back().wait == put_off_max + 2s);
}

TEST_CASE_METHOD(stage, "route: an operator holds the breaker open or closed, until it is reset",
                 "[actors]") {
  open();
  const auto act = [this](breaker_act what) {
    self->send<caf::message_priority::high>(way, act_on_breaker{what});
    settle();
  };
  act(breaker_act::open);
  offer(1, 1);
  CHECK(hired->empty());
  CHECK(notes->all.back().end == attempt_end::put_off);
  CHECK(view().breaker.forced == breaker_force::open);
  CHECK(view().rests_for == 0s);
  advance(1h); // does not leave either, nor forget
  CHECK(view().state == "resting");
  act(breaker_act::close);
  offer(2, 100);
  fail_all();
  CHECK(view().breaker.state == breaker_state::closed);
  act(breaker_act::reset);
  CHECK(view().breaker.forced == breaker_force::none);
  CHECK(view().breaker.failures == 0);
}

TEST_CASE_METHOD(stage, "route: suspended, it hands nothing out and puts mail off", "[actors]") {
  options.idle_max = 2h;
  open();
  offer(1, 5);
  REQUIRE(hired->size() == 2);
  self->send<caf::message_priority::high>(way, suspend_handing{3600s});
  settle();
  CHECK(view().state == "suspended");
  CHECK(view().suspended_for == 3600s);
  CHECK(man(0).told_to_leave);
  CHECK(count(attempt_end::put_off) == 1); // the four in hand are tried to the end
  CHECK(notes->all[0].wait == put_off_max);
  offer(6, 6);
  CHECK(count(attempt_end::put_off) == 2);
  SECTION("until it is resumed") {
    self->send<caf::message_priority::high>(way, resume_handing{});
    settle();
    CHECK(view().state == "open");
    for (std::size_t i = 0; i < 2; ++i) {
      while (!man(i).in_hand.empty())
        finish(man(i));
      say(man(i), session_ended{});
    }
    offer(7, 7);
    CHECK(hired->size() == 3);
  }
  SECTION("until its time is over") {
    for (std::size_t i = 0; i < 2; ++i) {
      while (!man(i).in_hand.empty())
        finish(man(i));
      say(man(i), session_ended{});
    }
    advance(3590s);
    offer(8, 8);
    CHECK(notes->all.back().wait == 10s);
    advance(11s);
    offer(9, 9);
    CHECK(hired->size() == 3);
  }
}

TEST_CASE_METHOD(stage, "route: made while suspended, it is", "[actors]") {
  options.suspended_until = sys.clock().now() + 10s;
  open();
  offer(1, 1);
  CHECK(hired->empty());
  CHECK(view().state == "suspended");
  CHECK(notes->all.back().wait == 10s);
  advance(10s);
  offer(2, 2);
  CHECK(hired->size() == 1);
}

TEST_CASE_METHOD(stage, "route: it does not leave before what it put off is back", "[actors]") {
  options.idle_max = 10s;
  options.breaker.open = 60s;
  open();
  self->monitor(way);
  offer(1, 20);
  fail_all();
  REQUIRE(view().state == "resting");
  advance(65s);
  CHECK(self->mailbox().empty());
  advance(10s);
  CHECK(end_of_route() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(stage, "route: what it put off while suspended comes back when it is resumed", "[actors]") {
  options.idle_max = 2h;
  open();
  self->send<caf::message_priority::high>(way, suspend_handing{3600s});
  offer(1, 3);
  offer({lease_of(1)}); // the minute is over, and it is put off again
  REQUIRE(count(attempt_end::put_off) == 4);
  CHECK(notes->recalled.empty());
  self->send<caf::message_priority::high>(way, resume_handing{});
  settle();
  REQUIRE(notes->recalled.size() == 3);
  CHECK(notes->recalled[0].recipients == std::vector<std::size_t>{0});
  self->send<caf::message_priority::high>(way, resume_handing{});
  settle();
  CHECK(notes->recalled.size() == 3); // once
}

TEST_CASE_METHOD(stage, "route: what waited for a breaker held open by hand comes back when that is let go",
                 "[actors]") {
  const auto let_go = GENERATE(breaker_act::close, breaker_act::reset);
  open();
  self->send<caf::message_priority::high>(way, act_on_breaker{breaker_act::open});
  offer(1, 2);
  CHECK(notes->recalled.empty());
  self->send<caf::message_priority::high>(way, act_on_breaker{let_go});
  settle();
  CHECK(notes->recalled.size() == 2);
}

TEST_CASE_METHOD(stage, "route: a trial has its time, and brings nothing back before it", "[actors]") {
  options.breaker.min_requests = 1;
  open();
  offer(1, 20);
  fail_all();
  REQUIRE(view().breaker.state == breaker_state::open);
  REQUIRE(count(attempt_end::put_off) > 0);
  self->send<caf::message_priority::high>(way, act_on_breaker{breaker_act::reset});
  settle();
  CHECK(notes->recalled.empty());
}

TEST_CASE_METHOD(stage, "route: it remembers so much of what it put off, and no more", "[actors]") {
  options.idle_max = 2h;
  open();
  self->send<caf::message_priority::high>(way, suspend_handing{3600s});
  offer(1, static_cast<std::int64_t>(put_off_known_max) + 10);
  self->send<caf::message_priority::high>(way, resume_handing{});
  settle();
  CHECK(notes->recalled.size() == put_off_known_max);
}
