#include "tests/actors/shard_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using support::two;

namespace {

struct withdrawing : support::shard_fixture {
  /// What is out of its hands then.
  ids take_out(const ids& which) {
    withdraw x;
    for (const auto id : which)
      x.ids.push_back({id});
    const auto answer = ask<withdrawn>(shard, std::move(x));
    REQUIRE(answer.ok());
    ids out;
    for (const auto id : answer->ids)
      out.push_back(id.value);
    busy.clear();
    for (const auto id : answer->busy)
      busy.push_back(id.value);
    return out;
  }

  ids busy;
};

using stage = withdrawing;

} // namespace

TEST_CASE_METHOD(stage, "withdraw: what waits for a route is let go, and nobody leases it", "[actors]") {
  start();
  arrive(letter(7, {"one.test", "two.test"}));
  arrive(letter(8, {"one.test"}));
  CHECK(view().active == 2);
  CHECK(take_out({7, 99}) == ids{7, 99});
  CHECK(view().active == 1);
  book->on_disk.erase({7});
  open_route(one);
  open_route(two);
  advance(120s);
  CHECK(leased(one) == ids{8});
  CHECK(leased(two).empty());
}

TEST_CASE_METHOD(stage, "withdraw: what is leased is busy, is not leased again, and is out at its end", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  REQUIRE(leased(one) == ids{7});
  CHECK(take_out({7}).empty());
  CHECK(busy == ids{7});
  finish(one, 0, attempt_end::not_made);
  CHECK(leased(one).empty());
  CHECK(take_out({7}) == ids{7});
  advance(120s);
  CHECK(leased(one).empty());
  CHECK(view().active == 0);
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "withdraw: an outcome that is being written is awaited", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  book->disk_is_slow = true;
  finish(one, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(take_out({7}).empty());
  CHECK(busy == ids{7});
  book->disk_is_slow = false;
  self->send(store, commit_waiting{});
  settle();
  CHECK(take_out({7}) == ids{7});
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "withdraw: a message that is announced again is leased as before", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  CHECK(take_out({7}).empty());
  arrive(letter(7, {"one.test"})); // it stays, after all
  finish(one, 0, attempt_end::not_made);
  CHECK(leased(one) == ids{7});
  finish(one, 0, attempt_end::made);
  CHECK(take_out({7}) == ids{7});
  CHECK(on_disk(7) == nullptr);
  arrive(letter(7, {"one.test"}));
  CHECK(leased(one) == ids{7});
}

TEST_CASE_METHOD(stage, "withdraw: a copy in the schedule of yesterday is passed over", "[actors]") {
  open_route(one);
  auto copy = letter(7, {"one.test"}, now() + 10s);
  book->on_disk[{7}] = copy;
  start();
  CHECK(view().scheduled == 1);
  CHECK(take_out({7}) == ids{7});
  book->on_disk[{7}].as = storage::kept_as::copy;
  advance(60s);
  CHECK(leased(one).empty());
  CHECK(view().active == 0);
  CHECK(operate(queue_act::remove, {7}) == 0);
  CHECK(on_disk(7) != nullptr);
}
