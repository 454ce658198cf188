#include "tests/actors/shard_fixture.hpp"

#include <algorithm>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;

namespace {

constexpr std::int64_t bulk = 1'000;

struct stage : support::shard_fixture {
  static keep_message letter_of(const std::string& sender, std::int64_t id, int priority = 0) {
    auto made = letter(id, {"one.test"});
    auto mail = *made.mail;
    mail.sender = {sender, "src.test"};
    mail.priority = priority;
    return {std::make_shared<const queued_message>(std::move(mail)), made.body};
  }
  void arrive_in_bulk() {
    for (std::int64_t id = 1; id <= bulk; ++id)
      arrive(letter_of("bulk", id));
  }
  /// How many of what is leased now, or next, end before this one is leased.
  std::size_t ends_before(std::int64_t id) {
    for (std::size_t ended = 0; ended <= static_cast<std::size_t>(bulk); ++ended) {
      const auto now = leased(one);
      if (std::find(now.begin(), now.end(), id) != now.end())
        return ended;
      finish(one, 0, attempt_end::made);
      if (view().leased == 0)
        advance(1s);
    }
    return bulk;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "shard turns: a single letter does not stand behind a bulk sender's", "[actors]") {
  open_route(one);
  start();
  arrive_in_bulk();
  REQUIRE(view().leased == lease_credit);
  REQUIRE(view().parked > 0);
  arrive(letter_of("ann", 5'000));
  CHECK(ends_before(5'000) <= 2);
}

TEST_CASE_METHOD(stage, "shard: a route that has all it may have counts as holding back", "[actors]") {
  const auto counted = [&] { return home.metrics.backpressure_seconds_total("shard_route").value(); };
  open_route(one);
  start();
  advance(3s);
  CHECK(counted() == 0);
  arrive_in_bulk();
  advance(5s);
  CHECK(counted() > 3);
  for (std::int64_t i = 0; i < 2 * bulk && (view().leased > 0 || view().parked > 0); ++i) {
    if (view().leased > 0)
      finish(one, 0, attempt_end::made);
    else
      advance(1s);
  }
  REQUIRE(view().leased == 0);
  advance(1s);
  const auto until_now = counted();
  advance(5s);
  CHECK(counted() == until_now);
}

TEST_CASE_METHOD(stage, "shard turns: nor does what is parked on disk", "[actors]") {
  open_route(one);
  start();
  arrive_in_bulk();
  arrive(letter_of("ann", 5'000));
  const auto parked = view().parked;
  arrive(letter_of("ann", 5'001));
  REQUIRE(view().parked == parked + 1);
  // As soon as anything comes back from disk, hers does: half of what waits goes before.
  CHECK(ends_before(5'001) <= lease_credit);
}

TEST_CASE_METHOD(stage, "shard turns: a higher class goes first, and starves no lower one", "[actors]") {
  open_route(one);
  start();
  arrive_in_bulk();
  for (std::int64_t id = 5'000; id < 5'020; ++id)
    arrive(letter_of("news", id, -5));
  arrive(letter_of("alarm", 6'000, 9));
  CHECK(ends_before(6'000) <= 2);
  CHECK(ends_before(5'000) <= 16);
}

TEST_CASE_METHOD(stage, "shard turns: a sender's first letter passes the bounds once, and no further",
                 "[actors]") {
  open_route(one);
  start();
  arrive_in_bulk();
  const auto parked = view().parked;
  for (std::int64_t id = 5'000; id < 5'000 + 2 * static_cast<std::int64_t>(lease_credit); ++id)
    arrive(letter_of("sender" + std::to_string(id), id));
  CHECK(view().parked == parked + lease_credit);
  CHECK(view().active == 3 * lease_credit);
}

TEST_CASE_METHOD(stage, "shard turns: all of it is delivered, each once", "[actors]") {
  open_route(one);
  start();
  arrive_in_bulk();
  for (std::int64_t id = 5'000; id < 5'300; ++id)
    arrive(letter_of("sender" + std::to_string(id % 7), id, static_cast<int>(id % 12) - 3));
  std::size_t delivered = 0;
  for (; !book->on_disk.empty() && delivered <= 2'000; ++delivered) {
    if (leased(one).empty())
      advance(1s);
    REQUIRE_FALSE(leased(one).empty());
    finish(one, 0, attempt_end::made);
  }
  CHECK(delivered == 1'300);
  CHECK(view().parked == 0);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard turns: letters that were in hand at a crash go one at a time", "[actors]") {
  const auto first = open_route(one);
  start();
  for (std::int64_t id = 1; id <= 3; ++id)
    arrive(letter_of("ann", id));
  caf::anon_send_exit(first, caf::exit_reason::unhandled_exception);
  settle();
  book->leased.clear();
  open_route(one);
  advance(2s);
  CHECK(leased(one).size() == 1);
  arrive(letter_of("ann", 4));
  CHECK(leased(one).size() == 2); // the innocent do not wait for them
  finish(one, 0, attempt_end::made);
  CHECK(leased(one).size() == 2);
  CHECK(view().leased == 2);
}
