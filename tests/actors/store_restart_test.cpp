#include "tests/actors/store_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::said;
using support::sample_mail;

namespace {

struct stage : support::store_fixture {
  void kill_store() {
    caf::anon_send_exit(store, caf::exit_reason::unhandled_exception);
    settle();
  }
  void restart() {
    kill_store();
    start();
  }
  /// The message bounces, and its sender hears of it.
  static settling bounce(std::int64_t id) {
    policy::notice what;
    what.about = {id};
    what.to = {"ann", "src.test"};
    what.recipients.push_back({});
    return {{id}, nullptr, {what}};
  }
};

} // namespace

TEST_CASE_METHOD(stage, "store restart: it opens by itself, tells its shard, and has what was kept", "[actors]") {
  auto kept = keep(1);
  settle();
  REQUIRE(said(kept) == "kept");
  const auto told = notes->opened;
  restart();
  CHECK(notes->opened == told + 1);
  advance(2s);
  CHECK(queued() == 1);
  auto next = keep(2);
  settle();
  CHECK(said(next) == "kept");
}

TEST_CASE_METHOD(stage, "store restart: whoever waits for the dead one is answered", "[actors]") {
  caf::anon_send<caf::message_priority::high>(
    caf::actor_cast<caf::actor>(store), caf::exit_msg{{}, caf::make_error(caf::sec::runtime_error)});
  auto waiting = keep(1);
  auto settled = self->request(store, caf::infinite, settle_messages{{removal(1)}});
  settle();
  REQUIRE(answers() == 2);
  CHECK(said(waiting) == "worker_lost");
  settled.receive([](messages_settled&) { FAIL("by whom?"); }, [](caf::error&) {});
  start();
  advance(2s);
  CHECK(queued() == 0);
}

TEST_CASE_METHOD(stage, "store restart: a settlement that comes again bounces once", "[actors]") {
  auto kept = keep(1);
  settle();
  REQUIRE(said(kept) == "kept");
  REQUIRE(ask<messages_settled>(store, settle_messages{{bounce(1)}}).ok());
  restart();
  REQUIRE(ask<messages_settled>(store, settle_messages{{bounce(1)}}).ok());
  advance(2s);
  CHECK(queued() == 1); // the one notice
}

TEST_CASE_METHOD(stage, "store restart: a settlement that the next shard asks for again brings no second notice",
                 "[actors]") {
  const auto announced = [this] {
    std::size_t count = 0;
    for (const auto& each : notes->batches)
      count += each.all.size();
    return count;
  };
  for (std::int64_t id = 1; id <= 2; ++id) {
    auto kept = keep(id);
    settle();
    REQUIRE(said(kept) == "kept");
  }
  REQUIRE(announced() == 2);
  auto first = bounce(1), second = bounce(2);
  first.number = 1;
  second.number = 2;
  // One is asked for again while it waits, one when it is on disk, and by then there is
  // another STORE, too.
  auto asked = self->request(store, caf::infinite, settle_messages{{first}});
  auto again = self->request(store, caf::infinite, settle_messages{{first, second}});
  settle();
  for (auto* each : {&asked, &again})
    each->receive([](messages_settled&) {}, [](caf::error&) { FAIL("not settled"); });
  CHECK(announced() == 4);
  REQUIRE(ask<messages_settled>(store, settle_messages{{first, second}}).ok());
  restart();
  REQUIRE(ask<messages_settled>(store, settle_messages{{first, second}}).ok());
  CHECK(announced() == 4);
  advance(2s);
  CHECK(queued() == 2);
}

TEST_CASE_METHOD(stage, "store restart: a notice never has the id of an earlier one", "[actors]") {
  for (std::int64_t id = 1; id <= 2; ++id) {
    auto kept = keep(id);
    settle();
    REQUIRE(said(kept) == "kept");
  }
  REQUIRE(ask<messages_settled>(store, settle_messages{{bounce(1)}}).ok());
  restart(); // within the same millisecond
  REQUIRE(ask<messages_settled>(store, settle_messages{{bounce(2)}}).ok());
  CHECK_FALSE(view().broken);
  advance(2s);
  CHECK(queued() == 2);
}

TEST_CASE_METHOD(stage, "store restart: what was set aside stays aside", "[actors]") {
  self->send(store, set_shard_aside{"two rows of one id"});
  settle();
  restart();
  advance(5s);
  CHECK(view().broken);
  CHECK(view().aside == "two rows of one id");
  auto refused = keep(1);
  settle();
  CHECK(said(refused) == "storage_failed");
}

TEST_CASE_METHOD(stage, "store: a shard that is not there holds no commit back", "[actors]") {
  options.shard->vacate();
  for (std::int64_t id = 1; id <= static_cast<std::int64_t>(batches_ahead_max) + 2; ++id) {
    auto kept = keep(id);
    settle();
    CHECK(said(kept) == "kept");
  }
}
