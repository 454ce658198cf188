#include "tests/actors/route_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

using stage = support::route_fixture;

TEST_CASE_METHOD(stage, "route: what is discarded counts as delivered", "[actors]") {
  open("discard");
  offer(1, 3);
  REQUIRE(notes->all.size() == 3);
  CHECK(notes->all[0].end == attempt_end::made);
  REQUIRE(notes->all[0].results.size() == 1);
  CHECK(notes->all[0].results[0].what.kind == outcome_kind::delivered);
  CHECK(notes->all[0].results[0].how_far == policy::reach::arrived);
  CHECK(view().delivered == 3);
  CHECK(view().ready == 0);
  CHECK(hired->empty());
}

TEST_CASE_METHOD(stage, "route: sessions grow by one a round, up to the most that the rule allows",
                 "[actors]") {
  terms.connections_max = 3;
  open();
  offer(1, 20);
  REQUIRE(hired->size() == 2);
  finish(man(0));
  CHECK(hired->size() == 2);
  finish(man(1));
  REQUIRE(hired->size() == 3);
  for (int round = 0; round < 3; ++round)
    for (std::size_t i = 0; i < 3; ++i)
      finish(man(i));
  CHECK(hired->size() == 3);
  CHECK(view().sessions == 3);
  CHECK(view().window == 3);
}

TEST_CASE_METHOD(stage, "route: sessions that stand share the work, one each before a second one",
                 "[actors]") {
  open();
  offer(1, 1);
  REQUIRE(hired->size() == 1);
  offer(2, 2);
  REQUIRE(hired->size() == 2); // rather than behind the first
  CHECK(man(0).in_hand.size() == 1);
  CHECK(man(1).in_hand.size() == 1);
  offer(3, 9);
  CHECK(man(0).in_hand.size() == prefetch_max);
  CHECK(man(1).in_hand.size() == prefetch_max);
  CHECK(view().ready == 5);
  CHECK(view().in_hand == 4);
}

TEST_CASE_METHOD(stage, "route: a session that broke halves the window", "[actors]") {
  open();
  offer(1, 40);
  for (int round = 0; round < 4; ++round)
    for (std::size_t i = 0; i < hired->size(); ++i)
      finish(man(i));
  const auto before = view().window;
  REQUIRE(before >= 4);
  fail(man(0), host_news::faltered, "421 closing");
  CHECK(view().window == before / 2);
  CHECK(view().state == "open");
  CHECK(view().sessions == before - 1); // and nobody new while there are too many
}

TEST_CASE_METHOD(stage, "route: what a session did not try goes to another at once", "[actors]") {
  open();
  offer(1, 2);
  auto& first = man(0);
  say(first, attempt_ended{{stage::first_of(first), attempt_end::not_made, {}, {}, {}},
                           host_news::fine, false});
  say(first, session_ended{});
  CHECK(notes->all.empty());
  REQUIRE(man(1).in_hand.size() == 2);
  CHECK(man(1).in_hand[1]->mail->id == message_id{1});
}

TEST_CASE_METHOD(stage, "route: a crash takes only the letter under way", "[actors]") {
  open();
  offer(1, 4);
  REQUIRE(man(0).in_hand.size() == 2);
  const auto under_way = man(0).in_hand[0];
  const auto behind = man(0).in_hand[1];
  caf::anon_send_exit(man(0).handle, caf::exit_reason::unhandled_exception);
  settle();
  REQUIRE(notes->all.size() == 1);
  CHECK(notes->all[0].end == attempt_end::crashed);
  CHECK(notes->all[0].what == under_way);
  CHECK_FALSE(notes->all[0].why.empty());
  REQUIRE(hired->size() == 3);
  CHECK(man(2).in_hand.at(0) == behind);
  CHECK(view().in_hand == 3);
}

TEST_CASE_METHOD(stage, "route: a worker that an operator ended is no crash of its letter",
                 "[actors]") {
  const auto reason = GENERATE(caf::exit_reason::kill, caf::exit_reason::user_shutdown);
  open();
  offer(1, 1);
  caf::anon_send_exit(man(0).handle, reason);
  settle();
  REQUIRE(notes->all.size() == 1);
  CHECK(notes->all[0].end == attempt_end::stopped);
}

TEST_CASE_METHOD(stage, "route: dead, it gives back what it had not handed out, and takes its workers with it",
                 "[actors]") {
  open();
  offer(1, 6);
  REQUIRE(hired->size() == 2);
  self->monitor(man(0).handle);
  caf::anon_send_exit(way, caf::exit_reason::unhandled_exception);
  settle();
  CHECK(count(attempt_end::closing) == 2);
  CHECK(notes->all.size() == 2);
  REQUIRE(self->mailbox().size() == 1);
  self->receive([](caf::down_msg& x) { CHECK(x.reason == caf::exit_reason::user_shutdown); });
}

TEST_CASE_METHOD(stage, "route: no more starts than the rate allows", "[actors]") {
  terms.deliveries = policy::rate{60, 60s};
  open();
  offer(1, 20);
  const auto handed = [this] {
    std::size_t all = 0;
    for (const auto& each : *hired)
      all += each->in_hand.size();
    return all;
  };
  const auto first = handed();
  CHECK(first <= 6); // a tenth of the count may start at once
  for (int second = 0; second < 5; ++second) {
    while (!man(0).in_hand.empty())
      finish(man(0));
    advance(1s);
  }
  CHECK(view().delivered + view().in_hand <= 6 + 6);
  CHECK(view().delivered + view().in_hand >= first + 4);
  CHECK(view().rate == "60/60s");
}

TEST_CASE_METHOD(stage, "route: who waits for long is given back, to be told of or to expire",
                 "[actors]") {
  terms.deliveries = policy::rate{1, 3600s};
  open();
  look_again = now() + 10s;
  offer(1, 2); // one goes, one waits
  REQUIRE(hired->size() == 1);
  advance(9s);
  CHECK(notes->all.empty());
  advance(2s);
  REQUIRE(notes->all.size() == 1);
  CHECK(notes->all[0].end == attempt_end::put_off);
  CHECK(notes->all[0].what->mail->id == message_id{2});
  CHECK(notes->all[0].results.at(0).what.kind == outcome_kind::deferred);
  CHECK(view().ready == 0);
  CHECK(man(0).in_hand.size() == 1); // is being tried
}

TEST_CASE_METHOD(stage, "route: senders take turns, and who is urgent goes first", "[actors]") {
  terms.connections_max = 1;
  open();
  std::vector<lease_ptr> all;
  for (int i = 1; i <= 10; ++i)
    all.push_back(lease_of(i, "bulk"));
  all.push_back(lease_of(11, "single"));
  all.push_back(lease_of(12, "hurry", 4));
  offer(std::move(all));
  std::vector<std::int64_t> order;
  for (int i = 0; i < 5; ++i) {
    order.push_back(man(0).in_hand.at(0)->mail->id.value);
    finish(man(0));
  }
  const auto place = [&](std::int64_t id) {
    return std::find(order.begin(), order.end(), id) - order.begin();
  };
  CHECK(place(12) == 0);
  CHECK(place(11) <= 3);
}

TEST_CASE_METHOD(stage, "route: hosts that did not answer are dialled last, and new addresses at once",
                 "[actors]") {
  plan.hosts = {{10, "one.test", {*parse_ip_address("192.0.2.1")}},
                {20, "two.test", {*parse_ip_address("192.0.2.2")}}};
  open();
  offer(1, 1);
  REQUIRE(man(0).post.targets.size() == 2);
  CHECK(man(0).post.targets[0].where.address == "192.0.2.1");
  say(man(0), session_opened{{{"192.0.2.1:25"}, "192.0.2.2:25"}});
  offer(2, 2);
  REQUIRE(hired->size() == 2);
  REQUIRE(man(1).post.targets.size() == 1);
  CHECK(man(1).post.targets[0].where.address == "192.0.2.2");
  // Both deaf: somebody has to be asked.
  say(man(1), session_ended{host_news::unreachable, "timed out", {{"192.0.2.2:25"}, {}}});
  finish(man(0));
  finish(man(0));
  say(man(0), session_ended{});
  offer(3, 3);
  REQUIRE(hired->size() == 3);
  CHECK(man(2).post.targets.size() == 2);
  dns::mail_plan moved;
  moved.hosts = {{10, "new.test", {*parse_ip_address("192.0.2.9")}}};
  self->send(way, refresh_hosts{moved});
  settle();
  finish(man(2));
  say(man(2), session_ended{});
  offer(4, 4);
  REQUIRE(hired->back()->post.targets.size() == 1);
  CHECK(hired->back()->post.targets[0].where.address == "192.0.2.9");
}

TEST_CASE_METHOD(stage, "route: without descriptors nobody is tried, and all wait a second", "[actors]") {
  open();
  offer(1, 1);
  for (int i = 0; i < 10; ++i) {
    auto& worker = *hired->back();
    say(worker, attempt_ended{{stage::first_of(worker), attempt_end::not_made, {}, {}, {}},
                              host_news::starved, false});
    say(worker, session_ended{host_news::starved, "too many open files", {}});
    const auto before = hired->size();
    advance(900ms);
    CHECK(hired->size() == before);
    advance(200ms);
    REQUIRE(hired->size() == before + 1);
  }
  CHECK(notes->all.empty());
  CHECK(view().breaker.state == policy::breaker_state::closed);
  CHECK(view().breaker.failures == 0);
}

TEST_CASE_METHOD(stage, "route: it leaves when idle for long, and not before", "[actors]") {
  options.idle_max = 10s;
  open("discard");
  self->monitor(way);
  advance(8s);
  offer(1, 1); // begins anew
  advance(9s);
  CHECK(self->mailbox().empty());
  advance(3s);
  CHECK(end_of_route() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(stage, "route: drained, it gives back each lease untried, and ends after its workers",
                 "[actors]") {
  open();
  self->monitor(way);
  offer(1, 6);
  self->send(way, drain{});
  settle();
  CHECK(count(attempt_end::closing) == 2);
  CHECK(man(0).told_to_leave);
  CHECK(man(1).told_to_leave);
  offer(7, 8); // crossed it on the way
  CHECK(count(attempt_end::closing) == 4);
  advance(5s);
  CHECK(self->mailbox().empty());
  for (std::size_t i = 0; i < 2; ++i) {
    while (!man(i).in_hand.empty())
      finish(man(i));
    say(man(i), session_ended{});
  }
  CHECK(view().delivered == 4);
  advance(2s);
  CHECK(end_of_route() == caf::exit_reason::user_shutdown);
}

TEST_CASE_METHOD(stage, "route: a full house gives back what it cannot keep", "[actors]") {
  terms.deliveries = policy::rate{1, 3600s};
  open();
  const auto one = lease_of(1);
  offer(std::vector<lease_ptr>(ready_mail_max + 3, one));
  CHECK(view().ready == ready_mail_max - 1);
  CHECK(count(attempt_end::not_made) == 3);
}

TEST_CASE_METHOD(stage, "route: each host must prove what rule, DNS and policy ask of it", "[actors]") {
  terms.tls = policy::tls_policy::may;
  plan.domain = "example.org";
  plan.hosts = {{10, "one.test", {*parse_ip_address("192.0.2.1")}},
                {20, "two.test", {*parse_ip_address("192.0.2.2")}}};
  plan.hosts[0].dane = {dane_state::usable, "one.test", {{3, 1, 1, std::string(32, 'x')}}};
  options.sts = std::make_shared<policy::sts_policy>(
    policy::sts_policy{policy::sts_mode::enforce, 1h, {"one.test"}});
  open("mx");
  offer(1, 1);
  const auto& targets = man(0).post.targets;
  REQUIRE(targets.size() == 1); // the policy does not list the other
  CHECK(targets[0].tls.level == policy::tls_level::dane);
}

TEST_CASE_METHOD(stage, "route: where no host may be dialled, letters hear why, each once", "[actors]") {
  terms.tls = policy::tls_policy::dane;
  open();
  offer(1, 3);
  CHECK(hired->empty());
  REQUIRE(notes->all.size() == 3);
  for (const auto& each : notes->all) {
    CHECK(each.end == attempt_end::made);
    CHECK(each.results.at(0).what.kind == outcome_kind::deferred);
    CHECK(each.results.at(0).what.answer.enhanced == "4.7.5");
  }
}

TEST_CASE_METHOD(stage, "route: a host that went wrong with TLS gets plaintext for a while, if it may", "[actors]") {
  terms.tls = policy::tls_policy::may;
  options.idle_max = 2h; // as if mail for it had come all the while
  open();
  offer(1, 1);
  CHECK(man(0).post.targets.at(0).tls.level == policy::tls_level::may);
  say(man(0), session_opened{{{}, "192.0.2.1:25", {"192.0.2.1:25"}}});
  finish(man(0));
  say(man(0), session_ended{});
  offer(2, 2);
  CHECK(hired->back()->post.targets.at(0).tls.level == policy::tls_level::none);
  finish(*hired->back());
  say(*hired->back(), session_ended{});
  advance(9min);
  offer(3, 3);
  finish(*hired->back());
  say(*hired->back(), session_ended{});
  advance(59s);
  offer(4, 4);
  finish(*hired->back());
  say(*hired->back(), session_ended{});
  advance(2s);
  offer(5, 5);
  CHECK(hired->back()->post.targets.at(0).tls.level == policy::tls_level::may);
}
