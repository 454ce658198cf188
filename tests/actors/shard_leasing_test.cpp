#include "tests/actors/shard_fixture.hpp"

#include <algorithm>
#include <numeric>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using support::two;
using stage = support::shard_fixture;

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
  open_route(two);
  start();
  for (std::int64_t i = 1; i <= 5; ++i)
    arrive(letter(i, {"one.test", "two.test"})); // who has two next hops is parked for neither
  const auto finish_first = [this] {
    finish(one, 0, attempt_end::made);
    finish(two, 0, attempt_end::made);
  };
  CHECK(leased(one) == ids{1, 2, 3});
  CHECK(view().active == 3);
  CHECK(view().scheduled == 2);
  finish_first();
  advance(1s);
  CHECK(leased(one) == ids{2, 3, 4});
  finish_first();
  finish_first();
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
  // Twice the share, since none of the same sender waits while all are leased.
  for (std::int64_t i = 1; i <= 5; ++i)
    arrive(letter(i, {"one.test"}));
  CHECK(leased(one) == ids{1, 2, 3, 4});
  CHECK(view().parked == 1);
  arrive(letter(6, {"two.test"}));
  CHECK(leased(two) == ids{6}); // not in the way of others
  finish(one, 0, attempt_end::made);
  finish(one, 0, attempt_end::made);
  finish(one, 0, attempt_end::made);
  CHECK(leased(one) == ids{4, 5});
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
