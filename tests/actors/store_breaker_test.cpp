#include "storage/body_file.hpp"
#include "tests/actors/store_fixture.hpp"

#include <limits>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::said;

namespace {

struct stage : support::store_fixture {
  void break_disk() { disk.die_after(0); }
  void mend_disk() { disk.die_after(std::numeric_limits<std::uint64_t>::max()); }
  std::string keep_now(std::int64_t id) {
    auto kept = keep(id);
    settle();
    return said(kept);
  }
  const storage::body_folder bodies{options.files.directory};
  std::string keep_file(std::int64_t id) {
    auto file = *storage::body_file::create(bodies, {id});
    REQUIRE(file.append("text").ok());
    auto kept = self->request(store, caf::infinite, keep_message{letter(id).mail, *file.finish()});
    settle();
    return said(kept);
  }
  policy::breaker_view by_hand(breaker_act act) { return ask<store_view>(store, act_on_breaker{act})->breaker; }
  policy::breaker_state state() { return view().breaker.state; }
  std::size_t changes_logged() {
    std::size_t count = 0;
    const auto log = logged();
    for (auto at = log.find("breaker_changed"); at != std::string::npos; at = log.find("breaker_changed", at + 1))
      ++count;
    return count;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "store breaker: it opens when the disk refuses, and closes by itself", "[actors]") {
  REQUIRE(keep_now(1) == "kept");
  break_disk();
  CHECK(keep_now(2) == "storage_failed");
  CHECK(state() == policy::breaker_state::open);
  CHECK(logged().find("store/0") != std::string::npos);
  CHECK(keep_now(3) == "storage_failed");
  mend_disk();
  CHECK(keep_now(4) == "storage_failed"); // nobody looks before the trial
  advance(3s);
  CHECK(state() == policy::breaker_state::closed);
  CHECK(changes_logged() == 3); // open, half open, closed
  CHECK(keep_now(5) == "kept");
  CHECK(queued() >= 2);
}

TEST_CASE_METHOD(stage, "store breaker: the longer the disk is ill, the rarer the trials", "[actors]") {
  break_disk();
  CHECK(keep_now(1) == "storage_failed");
  advance(60s);
  CHECK(state() == policy::breaker_state::open);
  // 1, 2, 4, 8, 16 and 30 s after one another: each opens it anew.
  CHECK(view().breaker.transitions[static_cast<std::size_t>(policy::breaker_state::half_open)] <= 6);
  CHECK(view().breaker.opens_for == 30s);
  mend_disk();
  advance(31s);
  CHECK(keep_now(2) == "kept");
}

TEST_CASE_METHOD(stage, "store breaker: one refusal costs seconds, whatever hosts rest for", "[actors]") {
  const auto terms = disk_breaker({.open = 120s, .open_max = 3600s});
  CHECK(policy::check(terms).ok());
  CHECK(terms.open == disk_rest_first);
  CHECK(terms.open_max == 120s);
  CHECK(disk_breaker({.open = 500ms}).open == 500ms);
  CHECK(disk_breaker({.open = 500ms}).open_max == 500ms);
  break_disk();
  CHECK(keep_now(1) == "storage_failed");
  mend_disk();
  advance(2s);
  CHECK(keep_now(2) == "kept");
}

TEST_CASE_METHOD(stage, "store breaker: settling waits for it, and is not lost", "[actors]") {
  REQUIRE(keep_now(1) == "kept");
  break_disk();
  auto settled = self->request(store, caf::infinite, settle_messages{{removal(1)}});
  advance(5s);
  REQUIRE(answers() == 0);
  mend_disk();
  advance(31s);
  REQUIRE(answers() == 1);
  settled.receive([](messages_settled&) {}, [](caf::error&) { FAIL("lost"); });
  CHECK(queued() == 0);
}

TEST_CASE_METHOD(stage, "store breaker: a full disk is not an ill one", "[actors]") {
  REQUIRE(keep_now(1) == "kept");
  disk.fill_up(options.files.directory + "/reserve", 512 * 1024);
  for (std::int64_t id = 3; id < 100; ++id)
    static_cast<void>(keep_now(id));
  CHECK(state() == policy::breaker_state::closed);
  CHECK(changes_logged() == 0);
}

TEST_CASE_METHOD(stage, "store breaker: held open by hand it takes no mail, settles, and does not close by itself",
                 "[actors]") {
  REQUIRE(keep_now(1) == "kept");
  CHECK(by_hand(breaker_act::open).state == policy::breaker_state::open);
  CHECK(keep_now(2) == "storage_failed");
  CHECK(view().broken);
  CHECK(ask<messages_settled>(store, settle_messages{{removal(1)}}).ok());
  CHECK(queued() == 0);
  advance(120s);
  CHECK(state() == policy::breaker_state::open);
  CHECK(view().breaker.forced == policy::breaker_force::open);
  CHECK(by_hand(breaker_act::reset).state == policy::breaker_state::closed);
  CHECK(keep_now(3) == "kept");
}

TEST_CASE_METHOD(stage, "store breaker: held closed by hand, the disk is looked at every second", "[actors]") {
  CHECK(by_hand(breaker_act::close).forced == policy::breaker_force::closed);
  break_disk();
  CHECK(keep_now(1) == "storage_failed");
  CHECK(state() == policy::breaker_state::closed);
  CHECK(view().broken); // though the breaker says nothing
  advance(60s);
  CHECK(keep_now(2) == "storage_failed");
  mend_disk();
  advance(1s);
  CHECK(keep_now(3) == "kept");
}

TEST_CASE_METHOD(stage, "store breaker: new terms hold at once, the same ones change nothing", "[actors]") {
  break_disk();
  CHECK(keep_now(1) == "storage_failed");
  REQUIRE(state() == policy::breaker_state::open);
  auto terms = options.breaker;
  self->send(store, use_disk_breaker{terms});
  CHECK(state() == policy::breaker_state::open);
  terms.open = 300s;
  terms.open_max = 300s;
  self->send(store, use_disk_breaker{terms});
  settle();
  CHECK(keep_now(2) == "storage_failed");
  advance(2s); // the disk is asked once, and refuses
  CHECK(state() == policy::breaker_state::open);
  CHECK(view().breaker.opens_for == 300s);
}

TEST_CASE_METHOD(stage, "store breaker: held by hand it stays so when the store dies", "[actors]") {
  REQUIRE(by_hand(breaker_act::open).state == policy::breaker_state::open);
  caf::anon_send_exit(store, caf::exit_reason::unhandled_exception);
  settle();
  start();
  CHECK(view().breaker.forced == policy::breaker_force::open);
  CHECK(keep_now(1) == "storage_failed");
  REQUIRE(by_hand(breaker_act::reset).state == policy::breaker_state::closed);
  caf::anon_send_exit(store, caf::exit_reason::unhandled_exception);
  settle();
  start();
  CHECK(keep_now(2) == "kept");
}

TEST_CASE_METHOD(stage, "store breaker: files of large bodies that the disk refused go, once that is sure", "[actors]") {
  REQUIRE(keep_file(1) == "kept");
  break_disk();
  CHECK(keep_file(2) == "storage_failed");
  CHECK(bodies.holds({2})); // the sync may have failed, and the row be there
  CHECK(keep_file(3) == "storage_failed");
  CHECK_FALSE(bodies.holds({3})); // nobody tried
  mend_disk();
  advance(3s);
  CHECK_FALSE(bodies.holds({2}));
  CHECK(bodies.holds({1}));
}
