#include "actors/place_pool.hpp"
#include "tests/actors/route_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

/// A ROUTE whose workers need a place among the node's sessions.
struct stage : support::route_fixture {
  using pool = place_pool<outbound_session, worker_actor>;

  pool_terms terms_of_pool{.name = "delivery", .path = "/outbound/delivery", .pool = {}, .restarts = {}};
  delivery_pool_actor places;

  void build(std::uint32_t max, std::uint32_t buffer = 100) {
    terms_of_pool.pool.max = max;
    terms_of_pool.pool.buffer = buffer;
    options.places = make_role<delivery_pool_actor>();
    raise();
    open();
  }

  void raise() {
    places = kept(delivery_pool_actor{sys.spawn<pool>(
      home, terms_of_pool, [this](const outbound_session& x) { return x.hire(sys, x.post); })});
    options.places->cast(places);
    settle();
  }

  pool_view numbers() { return *ask<pool_view>(places, describe_pool{}); }

  void end(support::hired_worker& who) {
    caf::anon_send_exit(who.handle, caf::exit_reason::user_shutdown);
    settle();
  }

  ~stage() {
    places = nullptr;
    options.places = nullptr;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "route places: there are no more sessions than places", "[actors]") {
  build(1);
  offer(1, 6);
  REQUIRE(hired->size() == 1);
  CHECK(numbers().numbers.workers == 1);
  CHECK(view().places_asked == 1);
  CHECK(man(0).in_hand.size() == 2); // what it can't give to another it gives to this one
  while (!man(0).in_hand.empty())
    finish(man(0));
  CHECK(hired->size() == 1);
}

TEST_CASE_METHOD(stage, "route places: who ends makes room for the next", "[actors]") {
  build(1);
  offer(1, 6);
  say(man(0), session_ended{});
  end(man(0));
  REQUIRE(hired->size() == 2);
  CHECK_FALSE(man(1).in_hand.empty());
  CHECK(numbers().numbers.workers == 1);
}

TEST_CASE_METHOD(stage, "route places: refused, it asks again after a second", "[actors]") {
  build(1, 0);
  offer(1, 1);
  REQUIRE(hired->size() == 1);
  offer(2, 6);
  CHECK(hired->size() == 1);
  say(man(0), session_ended{});
  end(man(0));
  advance(2s);
  CHECK(hired->size() == 2);
}

TEST_CASE_METHOD(stage, "route places: when nothing is left to do, what it asked for is taken back", "[actors]") {
  build(1);
  offer(1, 3);
  REQUIRE(hired->size() == 1);
  while (!man(0).in_hand.empty())
    finish(man(0));
  CHECK(view().ready == 0);
  CHECK(numbers().numbers.buffered == 0);
}

TEST_CASE_METHOD(stage, "route places: it outlives the pool, and asks the next one", "[actors]") {
  build(1);
  offer(1, 6);
  caf::anon_send_exit(places, caf::exit_reason::kill);
  settle();
  raise();
  advance(2s);
  CHECK(hired->size() == 2);
  CHECK_FALSE(man(1).in_hand.empty());
}

TEST_CASE_METHOD(stage, "route places: it leaves without what it asked for", "[actors]") {
  build(1);
  offer(1, 6);
  REQUIRE(view().places_asked == 1);
  self->send(way, drain{});
  settle();
  CHECK(view().places_asked == 0);
  CHECK(numbers().numbers.buffered == 0);
  end(man(0));
  CHECK(hired->size() == 1);
}

TEST_CASE_METHOD(stage, "route places: dead, it waits for no place any more", "[actors]") {
  build(1);
  offer(1, 6);
  caf::anon_send_exit(way, caf::exit_reason::kill);
  settle();
  CHECK(numbers().numbers.buffered == 0);
  CHECK(numbers().numbers.workers == 0);
}

TEST_CASE_METHOD(stage, "route places: a place that comes too late is left again", "[actors]") {
  options.breaker.min_requests = 1;
  build(1);
  offer(1, 6);
  REQUIRE(view().places_asked == 1);
  fail(man(0)); // opens the breaker; its place is free at once
  end(man(0));
  CHECK(view().state == "resting");
  CHECK(view().places_asked == 0);
  for (std::size_t i = 1; i < hired->size(); ++i)
    CHECK(man(i).told_to_leave);
}

TEST_CASE_METHOD(stage, "route places: while it waits for a place, the link is counted", "[actors]") {
  const auto counted = [&] { return home.metrics.backpressure_seconds_total("route_pool").value(); };
  build(1);
  offer(1, 6);
  const auto before = counted();
  advance(5s);
  CHECK(counted() - before >= 3);
}

TEST_CASE_METHOD(stage, "route places: next hops take turns for a single place", "[actors]") {
  terms_of_pool.pool.timeout = 5s;
  terms.connections_max = 1;
  build(1);
  offer(1, 6);
  const auto first = way;
  open("smtp:192.0.2.2:25");
  offer(11, 12);
  CHECK(hired->size() == 1);
  advance(6s);
  REQUIRE(man(0).told_to_make_room == room_wanted::soon);
  way = first;
  say(man(0), session_ended{});
  end(man(0));
  REQUIRE(hired->size() == 2);
  CHECK(man(1).in_hand.at(0)->mail->id == message_id{11}); // though the first one waits, too
}
