#include "tests/actors/shard_fixture.hpp"

#include <numeric>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::one;

namespace {

struct stage : support::shard_fixture {
  std::vector<std::string> slow; ///< Their next hops, as they are called.
  const std::string fast = "smtp:192.0.2.100:25";

  /// slow0.test, slow1.test, ... and fast.test, with a next hop each.
  void open_all(int slow_ones, unsigned connections) {
    std::vector<policy::route_options> rules;
    for (int i = 0; i <= slow_ones; ++i) {
      auto& rule = rules.emplace_back();
      const bool is_fast = i == slow_ones;
      const auto where = is_fast ? fast : "smtp:192.0.2." + std::to_string(i) + ":25";
      rule.match = {is_fast ? "fast.test" : "slow" + std::to_string(i) + ".test"};
      rule.via = where;
      rule.terms.connections_max = connections;
      open_route(where);
      if (!is_fast)
        slow.push_back(where);
    }
    route_by(rules);
  }

  void fill(int each) {
    for (std::size_t hop = 0; hop < slow.size(); ++hop)
      for (int i = 0; i < each; ++i)
        arrive(letter(next_id_++, {"slow" + std::to_string(hop) + ".test"}));
  }

  /// Sends so many to the fast one, which answers at once: how many of the SHARD's ticks
  /// pass until all are through.
  int ticks_for(int count) {
    for (int i = 0; i < count; ++i)
      arrive(letter(next_id_++, {"fast.test"}));
    int ticks = 0;
    for (int through = 0; through < count && ticks < 1'000;) {
      if (leased(fast).empty()) {
        advance(200ms);
        ++ticks;
        continue;
      }
      finish(fast, 0, attempt_end::made);
      ++through;
    }
    return ticks;
  }

  std::size_t count_logged(const std::string& event) {
    std::size_t count = 0;
    const auto log = logged();
    for (auto at = log.find(event); at != std::string::npos; at = log.find(event, at + 1))
      ++count;
    return count;
  }

private:
  std::int64_t next_id_ = 1;
};

} // namespace

TEST_CASE_METHOD(stage, "shard parking: ten slow next hops leave a fast one its pace", "[actors]") {
  open_all(10, 20);
  start();
  fill(600);
  CHECK(ticks_for(1'000) == 0);
  CHECK(leased(slow[0]).size() == 20 * prefetch_max);
  CHECK(view().active + view().parked == 6'000);
  advance(1s);
  CHECK(view().active <= options.active_messages_max * 3 / 5);
  CHECK(ticks_for(1'000) == 0);
  CHECK(view().active + view().parked == 6'000);
  CHECK(view().scheduled == 0);
}

TEST_CASE_METHOD(stage, "shard parking: so do sixty in little memory", "[actors]") {
  options.active_messages_max = 1'000;
  open_all(60, 4);
  start();
  fill(40);
  CHECK(view().active <= options.active_messages_max);
  advance(1s);
  CHECK(view().active < options.active_messages_max);
  CHECK(ticks_for(300) == 0);
}

TEST_CASE_METHOD(stage, "shard parking: large bodies of slow next hops leave room, too", "[actors]") {
  options.active_bytes_max = 4'096;
  open_all(20, 20);
  start();
  fill(100); // of 4 bytes each
  CHECK(view().active_bytes < options.active_bytes_max);
  CHECK(ticks_for(200) == 0);
}

TEST_CASE_METHOD(stage, "shard parking: a next hop that answers more gets more, and less when it slows down",
                 "[actors]") {
  open_all(1, 4);
  const auto& hop = slow.front();
  start();
  fill(500);
  REQUIRE(leased(hop).size() == 8);
  for (int i = 0; i < 100; ++i)
    finish(hop, 0, attempt_end::made);
  CHECK(leased(hop).size() == 100);
  advance(10s);
  while (leased(hop).size() > 8)
    finish(hop, 0, attempt_end::put_off); // says nothing for its speed
  finish(hop, 0, attempt_end::put_off);
  CHECK(leased(hop).size() == 8);
}

TEST_CASE_METHOD(stage, "shard parking: who gives its memory back keeps its place", "[actors]") {
  options.active_messages_max = 400;
  open_all(4, 4);
  const auto& hop = slow.front();
  start();
  fill(300);
  REQUIRE(view().active > options.active_messages_max / 2);
  advance(200ms);
  CHECK(view().active <= options.active_messages_max / 2);
  const auto loads = book->loads.size();
  advance(10s);
  CHECK(book->loads.size() == loads); // it rests there
  CHECK(view().active + view().parked == 1'200);
  ids seen;
  for (int ticks = 0; seen.size() < 300 && ticks < 100;) {
    if (leased(hop).empty()) {
      advance(200ms);
      ++ticks;
      continue;
    }
    seen.push_back(leased(hop).front());
    finish(hop, 0, attempt_end::made);
  }
  ids all(300);
  std::iota(all.begin(), all.end(), 1);
  CHECK(seen == all);
}

TEST_CASE_METHOD(stage, "shard parking: what only waits expires at its time", "[actors]") {
  options.settle.retry.expire = 1h;
  options.settle.retry.warn = 0s;
  open_route(one);
  start();
  const auto count = 3 * lease_credit;
  for (std::size_t id = 1; id <= count; ++id)
    arrive(letter(static_cast<std::int64_t>(id), {"one.test"}));
  REQUIRE(view().leased == lease_credit);
  REQUIRE(view().parked == lease_credit);
  advance(59min);
  CHECK(book->on_disk.size() == count);
  CHECK(view().parked == lease_credit);
  advance(2min);
  CHECK(book->on_disk.size() == lease_credit); // those that its route has
  CHECK(count_logged("message_expired") == 2 * lease_credit);
  CHECK(view().parked == 0);
  CHECK(view().active == lease_credit);
  CHECK(on_disk(1) != nullptr);
}

TEST_CASE_METHOD(stage, "shard parking: the senders of what only waits are told once that it is late", "[actors]") {
  options.settle.retry.warn = 10min;
  open_route(one);
  start();
  const auto count = 3 * lease_credit;
  for (std::size_t id = 1; id <= count; ++id)
    arrive(letter(static_cast<std::int64_t>(id), {"one.test"}));
  advance(11min);
  std::size_t notices = 0;
  for (const auto& each : book->settled)
    for (const auto& message : each.all)
      notices += message.notices.size();
  CHECK(notices == 2 * lease_credit);
  const auto writes = book->settled.size();
  advance(30min);
  CHECK(book->settled.size() == writes);
  CHECK(book->on_disk.size() == count);
  CHECK(view().active + view().parked == count);
}

TEST_CASE_METHOD(stage, "shard parking: what waits for a route that nobody finds expires, too", "[actors]") {
  options.settle.retry.expire = 1h;
  options.settle.retry.warn = 0s;
  start();
  arrive(letter(1, {"one.test"}));
  advance(59min);
  REQUIRE(on_disk(1) != nullptr);
  advance(2min);
  CHECK(on_disk(1) == nullptr);
  CHECK(view().active == 0);
}

TEST_CASE_METHOD(stage, "shard: mail that is due and finds no room in memory counts as held back, and comes", "[actors]") {
  const auto counted = [&] { return home.metrics.backpressure_seconds_total("shard_memory").value(); };
  options.active_messages_max = 10;
  open_route(one);
  open_route(support::two);
  start();
  for (std::int64_t id = 1; id <= 10; ++id)
    arrive(letter(id, {"one.test", "two.test"}));
  advance(3s);
  CHECK(counted() == 0);
  arrive(letter(11, {"one.test", "two.test"}));
  CHECK(view().active == 10);
  CHECK(view().scheduled == 1);
  advance(5s);
  CHECK(counted() > 3);
  for (const auto& hop : {one, support::two})
    finish(hop, 0, attempt_end::made);
  advance(1s);
  CHECK(leased(one).back() == 11);
  const auto until_now = counted();
  advance(5s);
  CHECK(counted() == until_now);
}
