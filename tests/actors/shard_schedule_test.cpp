#include "tests/actors/shard_fixture.hpp"

#include <algorithm>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;
using stage = support::shard_fixture;

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
