#include "tests/actors/shard_fixture.hpp"

#include <algorithm>
#include <numeric>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using support::two;
using ids = std::vector<std::int64_t>;

namespace {

using stage = support::shard_fixture;

} // namespace

TEST_CASE_METHOD(stage, "shard: fresh mail goes to its route", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"one.test"}));
  CHECK(leased(one) == ids{7});
  CHECK(view().active == 1);
  CHECK(view().leased == 1);
  CHECK(book->loads.empty()); // no detour by the disk
  finish(one, 0, attempt_end::made);
  CHECK(on_disk(7) == nullptr);
  CHECK(view().active == 0);
  CHECK(view().active_bytes == 0);
}

TEST_CASE_METHOD(stage, "shard: a route holds no more leases than its credit", "[actors]") {
  open_route(one);
  start();
  for (std::size_t i = 1; i <= lease_credit + 10; ++i)
    arrive(letter(static_cast<std::int64_t>(i), {"one.test"}));
  CHECK(leased(one).size() == lease_credit);
  CHECK(view().leased == lease_credit);
  finish(one, 0, attempt_end::made);
  CHECK(leased(one).size() == lease_credit); // one back, one more out
  CHECK(leased(one).back() == lease_credit + 1);
}

TEST_CASE_METHOD(stage, "shard: what waits for a slow destination is parked on disk, and all of it comes",
                 "[actors]") {
  open_route(one);
  start();
  const auto count = static_cast<std::int64_t>(3 * lease_credit);
  for (std::int64_t i = 1; i <= count; ++i)
    arrive(letter(i, {"one.test"}));
  CHECK(view().active == 2 * lease_credit);
  CHECK(view().parked == lease_credit);
  CHECK(view().scheduled == 0);
  std::vector<std::int64_t> seen;
  while (!leased(one).empty()) {
    seen.push_back(leased(one).front());
    finish(one, 0, attempt_end::made);
  }
  CHECK(view().parked == 0);
  CHECK(view().active == 0);
  std::sort(seen.begin(), seen.end());
  ids all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 1);
  CHECK(seen == all); // each once
  CHECK(book->on_disk.empty());
}

TEST_CASE_METHOD(stage, "shard: beyond its memory mail waits on disk and comes later", "[actors]") {
  options.active_messages_max = 3;
  open_route(one);
  start();
  for (std::int64_t i = 1; i <= 5; ++i)
    arrive(letter(i, {"one.test"}));
  CHECK(leased(one) == ids{1, 2, 3});
  CHECK(view().active == 3);
  CHECK(view().scheduled == 2);
  finish(one, 0, attempt_end::made);
  advance(1s);
  CHECK(leased(one) == ids{2, 3, 4});
  finish(one, 0, attempt_end::made);
  finish(one, 0, attempt_end::made);
  advance(1s);
  CHECK(leased(one) == ids{4, 5});
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "shard: one destination has its share of the memory, the rest waits on disk",
                 "[actors]") {
  options.active_bytes_max = 8 * destination_share; // letters have four
  open_route(one);
  open_route(two);
  start();
  for (std::int64_t i = 1; i <= 3; ++i)
    arrive(letter(i, {"one.test"}));
  CHECK(leased(one) == ids{1, 2});
  CHECK(view().parked == 1);
  arrive(letter(4, {"two.test"}));
  CHECK(leased(two) == ids{4}); // not in the way of others
  finish(one, 0, attempt_end::made);
  CHECK(leased(one) == ids{2, 3});
}

TEST_CASE_METHOD(stage, "shard: the bound on bytes counts like that on messages", "[actors]") {
  options.active_bytes_max = 8;
  open_route(one);
  open_route(two);
  start();
  arrive(letter(1, {"one.test"}));
  arrive(letter(2, {"two.test"}));
  CHECK(view().active_bytes == 8);
  arrive(letter(3, {"two.test"}));
  CHECK(view().scheduled == 1);
  finish(two, 0, attempt_end::made);
  CHECK(leased(two) == ids{3});
}

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

TEST_CASE_METHOD(stage, "shard: a lease says when it must be looked at again", "[actors]") {
  open_route(one);
  start();
  auto mail = letter(7, {"one.test"});
  const auto received = mail.mail->received;
  arrive(mail);
  const auto age = now() - received;
  CHECK(book->leased[one][0]->look_again
        == (age < 4h ? received + 4h : age < 120h ? received + 120h : now() + 300s));
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
  caf::anon_send_exit(first, caf::exit_reason::kill);
  advance(1s);
  CHECK(leased(one).size() == 2);
  CHECK(on_disk(7)->recipients[0].crashes == 1);
  CHECK(on_disk(8)->recipients[0].crashes == 1);
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
  caf::anon_send_exit(first, caf::exit_reason::kill); // and the book goes on naming it
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
  caf::anon_send_exit(first, caf::exit_reason::kill);
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
  self->send<caf::message_priority::high>(shard, attempt_finished{stale, attempt_end::crashed, {}, {}, {}});
  settle();
  CHECK(view().leased == 1);
  CHECK(book->settled.empty());
}

TEST_CASE_METHOD(stage, "shard: recipients of two destinations go their own ways", "[actors]") {
  open_route(one);
  open_route(two);
  start();
  arrive(letter(7, {"one.test", "two.test", "one.test"}));
  REQUIRE(leased(one) == ids{7});
  REQUIRE(leased(two) == ids{7});
  CHECK(book->leased[one][0]->recipients == std::vector<std::size_t>{0, 2});
  CHECK(book->leased[two][0]->recipients == std::vector<std::size_t>{1});
  finish(one, 0, attempt_end::made, outcome_kind::delivered);
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::delivered);
  CHECK(on_disk(7)->recipients[1].state == recipient_state::queued);
  CHECK(view().scheduled == 0); // still in hand
  finish(two, 0, attempt_end::made, outcome_kind::deferred);
  CHECK(view().active == 0);
  CHECK(view().scheduled == 1);
  advance(61s);
  CHECK(leased(one).empty());
  REQUIRE(leased(two) == ids{7});
  CHECK(book->leased[two][0]->recipients == std::vector<std::size_t>{1});
  finish(two, 0, attempt_end::made, outcome_kind::failed);
  CHECK(on_disk(7) == nullptr);
  CHECK(book->settled.back().all.back().notices.size() == 1); // with the last failure
}

TEST_CASE_METHOD(stage, "shard: rules hold and fail recipients without a route", "[actors]") {
  open_route(one);
  start();
  arrive(letter(7, {"kept.test", "gone.test", "one.test"}));
  CHECK(leased(one) == ids{7});
  REQUIRE(on_disk(7) != nullptr);
  CHECK(on_disk(7)->recipients[0].state == recipient_state::held);
  CHECK(on_disk(7)->recipients[1].state == recipient_state::failed);
  finish(one, 0, attempt_end::made);
  CHECK(view().active == 0);
  CHECK(view().scheduled == 0); // held only
  CHECK(on_disk(7) != nullptr);

  arrive(letter(8, {"gone.test"}));
  CHECK(on_disk(8) == nullptr);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard: without a route the reason is the outcome", "[actors]") {
  route_found none;
  none.instead.kind = outcome_kind::failed;
  none.instead.answer = {556, "5.1.10", {"no mail here"}};
  book->routes[one] = none;
  start();
  arrive(letter(7, {"one.test"}));
  CHECK(on_disk(7) == nullptr);
  CHECK(view().active == 0);
  REQUIRE(book->settled.size() == 1);
  CHECK(book->settled[0].all[0].notices.size() == 1);
}

TEST_CASE_METHOD(stage, "shard: a switchboard that cannot answer is asked again, and mail just waits",
                 "[actors]") {
  start();
  arrive(letter(7, {"one.test"}));
  const auto asked = book->asked.size();
  advance(ask_again_wait + 500ms);
  CHECK(book->asked.size() == asked + 1);
  CHECK(book->settled.empty());
  open_route(one);
  advance(ask_again_wait + 500ms);
  CHECK(leased(one) == ids{7});
  CHECK(on_disk(7)->recipients[0].attempts == 0);
}

TEST_CASE_METHOD(stage, "shard: a route that is valid for no time at all is asked for once", "[actors]") {
  open_route(one, 0s);
  start();
  arrive(letter(7, {"one.test"}));
  CHECK(leased(one) == ids{7});
  CHECK(book->asked.size() == 1);
}

TEST_CASE_METHOD(stage, "shard: one question about a destination is under way at a time", "[actors]") {
  open_route(one);
  start();
  book->asked.clear();
  batch_kept batch;
  for (std::int64_t i = 1; i <= 10; ++i) {
    batch.all.push_back(letter(i, {"one.test"}));
    book->on_disk[{i}] = batch.all.back();
  }
  REQUIRE(ask<batch_taken>(shard, batch).ok());
  CHECK(book->asked == std::vector<std::string>{one});
  CHECK(leased(one).size() == 10);
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

TEST_CASE_METHOD(stage, "shard: what was queued before the start goes out", "[actors]") {
  for (std::int64_t i = 1; i <= 600; ++i)
    book->on_disk[{i}] = letter(i, {"one.test"}, i > 590 ? now() + 1h : wall_time{});
  open_route(one);
  start();
  std::size_t count = 0;
  for (; !leased(one).empty(); ++count)
    finish(one, 0, attempt_end::made);
  CHECK(count == 590);
  CHECK(book->on_disk.size() == 10);
  CHECK(view().scheduled == 10);
  advance(std::chrono::duration_cast<milliseconds>(1h + 1s));
  CHECK(leased(one).size() == 10);
}

TEST_CASE_METHOD(stage, "shard: more mail than ids fit in memory is all delivered, each once", "[actors]") {
  options.scheduled_max = 20;
  options.active_messages_max = 5;
  for (std::int64_t i = 1; i <= 200; ++i)
    book->on_disk[{i}] = letter(i, {"one.test"}, now() - milliseconds{i % 7});
  open_route(one);
  start();
  ids seen;
  for (int turn = 0; turn < 400 && !book->on_disk.empty(); ++turn) {
    CHECK(view().scheduled <= 20);
    CHECK(view().active <= 5 + load_batch_max);
    while (!leased(one).empty()) {
      seen.push_back(leased(one).front());
      finish(one, 0, attempt_end::made);
    }
    advance(200ms);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen.size() == 200);
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE_METHOD(stage, "shard: a page of the schedule brings nothing twice that is in memory", "[actors]") {
  open_route(one);
  start();
  // As if the page had been read before the SHARD heard of the commit.
  const auto mail = letter(7, {"one.test"});
  arrive(mail);
  REQUIRE(leased(one) == ids{7});
  batch_kept again;
  again.all.push_back(mail);
  REQUIRE(ask<batch_taken>(shard, again).ok());
  CHECK(leased(one) == ids{7});
  CHECK(view().leased == 1);
  finish(one, 0, attempt_end::made);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard: a page leaves out what is leased", "[actors]") {
  options.scheduled_max = 4;
  options.active_messages_max = 2;
  open_route(one);
  start();
  for (std::int64_t i = 1; i <= 10; ++i)
    arrive(letter(i, {"one.test"}));
  REQUIRE(leased(one) == ids{1, 2});
  advance(2s); // pages are read again, since ids were forgotten
  CHECK(leased(one) == ids{1, 2});
  CHECK(view().active == 2);
  ids seen;
  for (int turn = 0; turn < 50 && !leased(one).empty(); ++turn) {
    seen.push_back(leased(one).front());
    finish(one, 0, attempt_end::made);
    advance(200ms);
  }
  CHECK(seen == ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE_METHOD(stage, "shard: mail that could not be read because the disk refused is not forgotten",
                 "[actors]") {
  for (std::int64_t i = 1; i <= 3; ++i)
    book->on_disk[{i}] = letter(i, {"one.test"}, now() + 10s);
  open_route(one);
  start();
  CHECK(view().scheduled == 3);
  book->disk_is_broken = true;
  advance(20s);
  CHECK(leased(one).empty());
  CHECK(view().scheduled == 3);
  book->disk_is_broken = false;
  advance(1s);
  CHECK(leased(one).size() == 3);
}

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
