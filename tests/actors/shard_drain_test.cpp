#include "tests/actors/shard_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using stage = support::shard_fixture;

TEST_CASE_METHOD(stage, "shard: a drain takes back what waits, waits for what is out, and ends", "[actors]") {
  open_route(one);
  start();
  const auto count = static_cast<std::int64_t>(lease_credit + 5);
  for (std::int64_t i = 1; i <= count; ++i)
    arrive(letter(i, {"one.test"}));
  self->send(shard, drain{});
  settle();
  CHECK(view().active == lease_credit); // those that are out
  const auto told = view();
  CHECK(told.leased == lease_credit);
  arrive(letter(count + 1, {"one.test"}));
  CHECK(view().active == lease_credit); // nothing new
  for (std::size_t i = 1; i < lease_credit; ++i)
    finish(one, 0, attempt_end::not_made);
  advance(1s);
  CHECK_FALSE(is_gone("/queue/shard/0"));
  CHECK(leased(one).size() == 1);
  self->monitor(shard);
  finish(one, 0, attempt_end::made);
  advance(1s);
  bool ended = false;
  self->receive([&](caf::down_msg& x) { ended = x.reason == caf::exit_reason::user_shutdown; });
  CHECK(ended);
  CHECK(book->on_disk.size() == lease_credit + 5); // what was not made is still there
}

TEST_CASE_METHOD(stage, "shard: a drain waits until the last settlement is on disk", "[actors]") {
  book->disk_is_slow = true;
  open_route(one);
  start();
  self->monitor(shard);
  arrive(letter(7, {"one.test"}));
  finish(one, 0, attempt_end::made);
  self->send(shard, drain{});
  advance(2s);
  CHECK(self->mailbox().empty());
  self->send(store, commit_waiting{});
  advance(1s);
  CHECK(self->mailbox().size() == 1);
}

TEST_CASE_METHOD(stage, "shard: a drain ends though a load is on its way", "[actors]") {
  for (std::int64_t i = 1; i <= 3; ++i)
    book->on_disk[{i}] = letter(i, {"one.test"}, now() + 1s);
  open_route(one);
  start();
  self->monitor(shard);
  wall_forward(2s);
  self->send(shard, shard_tick{}); // asks for the three
  self->send(shard, drain{});      // before the answer
  settle();
  advance(1s);
  CHECK(leased(one).empty());
  CHECK(self->mailbox().size() == 1);
}

TEST_CASE_METHOD(stage, "shard: a drain ends though a lease crossed the end of its route", "[actors]") {
  const auto route = open_route(one);
  start();
  self->monitor(shard);
  arrive(letter(7, {"one.test"}));
  self->send(shard, drain{});
  settle();
  caf::anon_send_exit(route, caf::exit_reason::user_shutdown);
  advance(1s);
  CHECK(self->mailbox().size() == 1);
}
