#include "tests/actors/shard_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using support::two;

namespace {

struct stage : support::shard_fixture {
  void kill_shard() {
    caf::anon_send_exit(shard, caf::exit_reason::unhandled_exception);
    settle();
  }
  void restart() {
    kill_shard();
    start();
  }
  void kill_store() {
    caf::anon_send_exit(store, caf::exit_reason::unhandled_exception);
    settle();
  }
  void next_store() {
    store = take(sys.spawn(support::fake_store, book));
    stores->cast(store);
  }
};

} // namespace

TEST_CASE_METHOD(stage, "shard restart: leases that are out stay out, and none goes out twice", "[actors]") {
  open_route(one);
  start();
  for (std::int64_t id = 1; id <= 3; ++id)
    arrive(letter(id, {"one.test"}));
  REQUIRE(leased(one) == ids{1, 2, 3});
  restart();
  advance(5s);
  CHECK(leased(one) == ids{1, 2, 3});
  CHECK(view().leased == 3);
  for (int i = 0; i < 3; ++i)
    finish(one, 0, attempt_end::made);
  CHECK(book->on_disk.empty());
  CHECK(view().active == 0);
  CHECK(view().leased == 0);
}

TEST_CASE_METHOD(stage, "shard restart: results that are in flight at its death count", "[actors]") {
  open_route(one);
  start();
  for (std::int64_t id = 1; id <= 3; ++id)
    arrive(letter(id, {"one.test"}));
  const auto first = book->leased[one][0];
  const auto second = book->leased[one][1];
  outcome delivered;
  delivered.kind = outcome_kind::delivered;
  // One lies unread behind what it dies of, one comes while nobody is there.
  caf::anon_send<caf::message_priority::high>(
    caf::actor_cast<caf::actor>(shard), caf::exit_msg{{}, caf::make_error(caf::sec::runtime_error)});
  hand_back({first, attempt_end::made, results_for_all(*first, delivered), {}, {}});
  settle();
  REQUIRE(on_disk(1) != nullptr);
  hand_back({second, attempt_end::made, results_for_all(*second, delivered), {}, {}});
  settle();
  start();
  CHECK(on_disk(1) == nullptr);
  CHECK(on_disk(2) == nullptr);
  CHECK(on_disk(3) != nullptr);
  advance(5s);
  CHECK(leased(one) == ids{1, 2, 3}); // as they were lent at first, none again
}

TEST_CASE_METHOD(stage, "shard restart: an outcome that is not on disk yet is written by the next one",
                 "[actors]") {
  open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  arrive(letter(2, {"one.test"}));
  const auto both = book->on_disk;
  book->disk_is_slow = true;
  finish(one, 0, attempt_end::made);
  finish(one, 0, attempt_end::made); // behind the first, in memory only
  kill_shard();
  book->on_disk = both; // and the disk never got either
  book->unanswered.clear();
  book->disk_is_slow = false;
  start();
  CHECK(book->on_disk.empty());
  advance(5s);
  CHECK(leased(one).empty());
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard restart: a route that died meanwhile gives its leases back", "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  kill_shard();
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);
  settle();
  book->leased.clear();
  open_route(one);
  start();
  advance(1s);
  CHECK(leased(one) == ids{1});
  CHECK(view().leased == 1);
}

TEST_CASE_METHOD(stage, "shard restart: what a dead route handed back last still counts", "[actors]") {
  const auto first = open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  kill_shard();
  finish(one, 0, attempt_end::made);
  caf::anon_send_exit(first, caf::exit_reason::unhandled_exception);
  settle();
  start();
  CHECK(book->on_disk.empty());
  CHECK(view().leased == 0);
}

TEST_CASE_METHOD(stage, "shard restart: recipients of two next hops keep what each of them brought", "[actors]") {
  open_route(one);
  open_route(two);
  start();
  arrive(letter(1, {"one.test", "two.test"}));
  finish(one, 0, attempt_end::made);
  restart();
  finish(two, 0, attempt_end::made, outcome_kind::deferred);
  REQUIRE(on_disk(1) != nullptr);
  CHECK(on_disk(1)->recipients[0].state == recipient_state::delivered);
  CHECK(on_disk(1)->recipients[1].state == recipient_state::queued);
  CHECK(on_disk(1)->recipients[1].attempts == 1);
  CHECK(leased(one).empty());
}

TEST_CASE_METHOD(stage, "shard restart: a letter's crashes are counted through it", "[actors]") {
  open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  book->disk_is_slow = GENERATE(false, true);
  finish(one, 0, attempt_end::crashed);
  restart();
  book->disk_is_slow = false;
  self->send(store, commit_waiting{});
  advance(1s);
  REQUIRE(leased(one) == ids{1});
  finish(one, 0, attempt_end::crashed);
  REQUIRE(on_disk(1) != nullptr);
  CHECK(on_disk(1)->recipients[0].state == recipient_state::held);
  CHECK(logged().find("message_held") != std::string::npos);
}

TEST_CASE_METHOD(stage, "shard: what a dead store did not settle goes to the next one", "[actors]") {
  open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  arrive(letter(2, {"one.test"}));
  kill_store();
  finish(one, 0, attempt_end::made);
  finish(one, 0, attempt_end::made);
  advance(1s);
  CHECK(book->settled.empty());
  CHECK(view().active == 2);
  next_store();
  SECTION("which says that it is there") {
    self->send<caf::message_priority::high>(shard, store_opened{});
    settle();
  }
  SECTION("or is found by asking again") { advance(1s); }
  CHECK(book->on_disk.empty());
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard: what a store committed and never told is found when it opens again",
                 "[actors]") {
  open_route(one);
  start();
  arrive(letter(1, {"one.test"}));
  book->on_disk[{2}] = letter(2, {"one.test"});
  self->send<caf::message_priority::high>(shard, store_opened{});
  settle();
  advance(1s);
  CHECK(leased(one) == ids{1, 2});
}

TEST_CASE_METHOD(stage, "shard: a page from before the store opened again is not believed", "[actors]") {
  open_route(one);
  start();
  const auto pages = book->pages.size();
  book->on_disk[{2}] = letter(2, {"one.test"});
  for (int i = 0; i < 2; ++i)
    self->send<caf::message_priority::high>(shard, store_opened{});
  settle();
  CHECK(book->pages.size() == pages + 2);
  advance(1s);
  CHECK(leased(one) == ids{2});
}

TEST_CASE_METHOD(stage, "shard: mail waits for a switchboard that is being replaced", "[actors]") {
  start();
  caf::anon_send_exit(switchboard, caf::exit_reason::unhandled_exception);
  settle();
  arrive(letter(1, {"one.test"}));
  advance(1s);
  CHECK(book->settled.empty()); // nothing was tried
  open_route(one);
  switchboards->cast(take(sys.spawn(support::fake_switchboard, book)));
  advance(1s);
  CHECK(leased(one) == ids{1});
}

TEST_CASE_METHOD(stage, "shard restart: an operator who waits is told that it is gone", "[actors]") {
  start();
  arrive(letter(1, {"kept.test"}));
  book->disk_is_slow = true;
  actors::operate x;
  x.act = queue_act::remove;
  x.ids = {{1}};
  auto answer = self->request(shard, caf::infinite, std::move(x));
  settle();
  kill_shard();
  answer.receive([](operated&) { FAIL("not on disk"); },
                 [](caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
}
