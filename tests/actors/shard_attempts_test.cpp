#include "tests/actors/shard_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using stage = support::shard_fixture;

TEST_CASE_METHOD(stage, "shard: a deferral is tried again when it is due, and not before", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].attempts == 1);
  CHECK(on_disk(7)->recipients[0].due == now() + 60s);
  CHECK(view().scheduled == 1);
  CHECK(view().active == 0);
  advance(59s);
  CHECK(leased(one).empty());
  advance(2s);
  CHECK(leased(one) == ids{7});
  CHECK(view().scheduled == 0);
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(on_disk(7)->recipients[0].due == now() + 300s);
}

TEST_CASE_METHOD(stage, "shard: an attempt that was not made is made at once, and counts for nothing",
                 "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  finish(one, 0, attempt_end::not_made);
  CHECK(leased(one) == ids{7});
  CHECK(book->settled.empty());
  CHECK(view().leased == 1);
}

TEST_CASE_METHOD(stage, "shard: what is put off waits on disk, and no attempt is counted",
                 "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  finish(one, 0, attempt_end::put_off);
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].attempts == 0);
  CHECK(on_disk(7)->recipients[0].due == now() + 30s);
  CHECK(view().active == 0);
  advance(29s);
  CHECK(leased(one).empty());
  advance(2s);
  CHECK(leased(one) == ids{7});
  // Said once: the reason is the same.
  finish(one, 0, attempt_end::put_off);
  const auto log = logged();
  CHECK(log.find("message_deferred") != std::string::npos);
  CHECK(log.find("message_deferred") == log.rfind("message_deferred"));
}

TEST_CASE_METHOD(stage, "shard: what is put off expires as any other", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  wall_forward(120h);
  finish(one, 0, attempt_end::put_off);
  CHECK(on_disk(7) == nullptr);
  CHECK(logged().find("message_expired") != std::string::npos);
}

TEST_CASE_METHOD(stage, "shard: a worker that was ended from outside is held against nobody",
                 "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  for (int i = 0; i < 3; ++i) {
    CHECK(leased(one) == ids{7});
    finish(one, 0, attempt_end::stopped);
  }
  CHECK(book->settled.empty());
}

TEST_CASE_METHOD(stage, "shard: recipients in hand at two crashes are held", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  finish(one, 0, attempt_end::crashed);
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].crashes == 1);
  advance(1s);
  CHECK(leased(one) == ids{7});
  finish(one, 0, attempt_end::crashed);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::held);
  advance(10s);
  CHECK(leased(one).empty());
  CHECK(view().active == 0);
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "shard: a route that crashes gives its leases back, each one crash older", "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  arrive(letter(8, {"one.test"}));
  book->leased.clear();
  open_route(one); // the SWITCHBOARD has another one
  caf::anon_send_exit(first, caf::exit_reason::unhandled_exception);
  advance(1s);
  CHECK(leased(one).size() == 1); // who was there at a crash goes alone
  CHECK(on_disk(7)->recipients[0].crashes == 1);
  CHECK(on_disk(8)->recipients[0].crashes == 1);
}

TEST_CASE_METHOD(stage, "shard: a route that was killed by hand is held against no letter", "[actors]") {
  for (int i = 0; i < 3; ++i) {
    const auto killed = open_route(one);
    if (i == 0) {
      start();
      arrive(letter(7, {"one.test"}));
    }
    advance(1s);
    REQUIRE(leased(one) == ids{7});
    book->leased.clear();
    caf::anon_send_exit(killed, caf::exit_reason::kill);
    settle();
  }
  CHECK(on_disk(7)->recipients[0].crashes == 0);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::queued);
}

TEST_CASE_METHOD(stage, "shard: a route that left for idleness takes no lease with it", "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  book->leased.clear();
  open_route(one);
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);
  settle();
  CHECK(leased(one) == ids{7});
  CHECK(book->settled.empty()); // no crash, no attempt
}

TEST_CASE_METHOD(stage, "shard: a dead route that the switchboard still names costs no letter a crash",
                 "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  caf::anon_send_exit(first, caf::exit_reason::unhandled_exception); // and the book goes on naming it
  advance(2s);
  CHECK(on_disk(7)->recipients[0].crashes == 1);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::queued);
  book->leased.clear();
  open_route(one);
  advance(2s);
  CHECK(leased(one) == ids{7});
}

TEST_CASE_METHOD(stage, "shard: leases of a route that was replaced come back when it crashes", "[actors]") {
  const auto first = open_route(one, 1s);
  start();
  arrive(letter(7, {"one.test"}));
  advance(2s);
  book->leased.clear();
  open_route(one); // DNS leads elsewhere now
  arrive(letter(8, {"one.test"}));
  REQUIRE(leased(one) == ids{8});
  caf::anon_send_exit(first, caf::exit_reason::unhandled_exception);
  advance(1s);
  CHECK(leased(one) == ids{8, 7});
}

TEST_CASE_METHOD(stage, "shard: the end of a lease that is not out changes nothing", "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  const auto stale = book->leased[one][0];
  book->leased.clear();
  open_route(one);
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);
  settle();
  REQUIRE(leased(one) == ids{7});
  hand_back({stale, attempt_end::crashed, {}, {}, {}});
  settle();
  CHECK(view().leased == 1);
  CHECK(book->settled.empty());
}

TEST_CASE_METHOD(stage, "shard: settlements that come while the disk is busy are one batch", "[actors]") {
  book->disk_is_slow = true;
  open_route(one);
  start();
  for (std::int64_t i = 1; i <= 5; ++i)
    arrive(letter(i, {"one.test"}));
  for (int i = 0; i < 5; ++i)
    finish(one, 0, attempt_end::made);
  CHECK(book->settled.size() == 1);
  CHECK(view().active == 5); // nothing is forgotten that is not on disk
  book->disk_is_slow = false;
  self->send(store, commit_waiting{});
  settle();
  REQUIRE(book->settled.size() == 2);
  CHECK(book->settled[1].all.size() == 4);
  CHECK(view().active == 0);
}
