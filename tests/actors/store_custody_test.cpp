#include "tests/actors/store_fixture.hpp"

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using storage::custody_writes;
using storage::kept_as;
using support::said;
using stage = support::store_fixture;

namespace {

std::shared_ptr<const custody_writes> beside(custody_writes all) {
  return std::make_shared<const custody_writes>(std::move(all));
}

keep_message copy(std::int64_t id) {
  auto made = stage::letter(id);
  made.as = kept_as::copy;
  made.beside = beside({storage::put_custody{{id}, "row"}});
  return made;
}

} // namespace

TEST_CASE_METHOD(stage, "store: a copy is kept with its row, and the shard hears nothing of it", "[actors]") {
  auto own = letter(1);
  own.beside = beside({storage::put_custody{{1}, "own"}});
  auto one = self->request(store, caf::infinite, own);
  auto two = self->request(store, caf::infinite, copy(2));
  settle();
  CHECK(said(one) == "kept");
  CHECK(said(two) == "kept");
  REQUIRE(notes->batches.size() == 1);
  REQUIRE(notes->batches[0].all.size() == 1);
  CHECK(notes->batches[0].all[0].mail->id.value == 1);
  CHECK(notes->batches[0].all[0].beside != nullptr); // whoever asked knows it by that
  CHECK(view().counts.of(message_state::copy).messages == 1);
  CHECK(queued() == 1);
  CHECK(view().room_bytes > 0);
  const auto rows = *ask<custody_loaded>(store, load_custody{{}, 10});
  REQUIRE(rows.found.size() == 2);
  CHECK(rows.last);
  CHECK(rows.found[0].message == message_state::queued);
  CHECK(rows.found[1].message == message_state::copy);
  const auto loaded = *ask<messages_loaded>(store, load_messages{{{1}, {2}}});
  CHECK(loaded.found[0].as == kept_as::message);
  CHECK(loaded.found[1].as == kept_as::copy);
}

TEST_CASE_METHOD(stage, "store: letters and changes that wait together are carried out as they came", "[actors]") {
  auto one = self->request(store, caf::infinite, copy(1));
  auto gone = self->request(store, caf::infinite, change_custody{{storage::drop_custody{{1}}}});
  auto again = self->request(store, caf::infinite, copy(1));
  auto adopted = self->request(store, caf::infinite, change_custody{{storage::adopt_message{{1}}}});
  settle();
  CHECK(answers() == 4);
  CHECK(queued() == 1);
  CHECK(ask<custody_loaded>(store, load_custody{{}, 10})->found.size() == 1);
  CHECK(said(one) == "kept");
  CHECK(said(again) == "kept");
  for (auto* each : {&gone, &adopted})
    each->receive([](custody_changed&) {}, [](caf::error&) { FAIL("not changed"); });
}

TEST_CASE_METHOD(stage, "store: a change waits for a letter before it that waits for the next commit", "[actors]") {
  std::vector<decltype(keep(1))> letters;
  const auto last = static_cast<std::int64_t>(commit_messages_max) + 1;
  for (std::int64_t id = 1; id <= last; ++id)
    letters.push_back(self->request(store, caf::infinite, copy(id)));
  auto dropped = self->request(store, caf::infinite, change_custody{{storage::drop_custody{{last}}}});
  settle();
  CHECK(answers() == letters.size() + 1);
  const auto rows = *ask<custody_loaded>(store, load_custody{{}, 10'000});
  CHECK(rows.found.size() == commit_messages_max);
  CHECK(rows.found.back().id.value == last - 1);
  dropped.receive([](custody_changed&) {}, [](caf::error&) { FAIL("not changed"); });
  for (auto& each : letters)
    CHECK(said(each) == "kept");
}

TEST_CASE_METHOD(stage, "store: what stands beside a settlement is on disk with it", "[actors]") {
  auto own = letter(1);
  own.beside = beside({storage::put_custody{{1}, "own"}});
  REQUIRE(ask<message_kept>(store, own).ok());
  auto gone = removal(1);
  gone.beside = beside({storage::drop_custody{{1}}, storage::put_notice{7, 1, "settled"}});
  REQUIRE(ask<messages_settled>(store, settle_messages{{gone}}).ok());
  CHECK(ask<custody_loaded>(store, load_custody{{}, 10})->found.empty());
  const auto peers = *ask<notice_peers_loaded>(store, load_notice_peers{});
  REQUIRE(peers.found.size() == 1);
  CHECK(peers.found[0].peer == 7);
  const auto page = *ask<notices_loaded>(store, load_notices{7, 0, 1});
  REQUIRE(page.found.size() == 1);
  CHECK_FALSE(page.last);
  CHECK(page.found[0].row == "settled");
}

TEST_CASE_METHOD(stage, "store: a change waits out a disk that refuses; loads are told at once", "[actors]") {
  disk.fail_syncs(true);
  auto changed = self->request(store, caf::infinite, change_custody{{storage::put_custody{{1}, "row"}}});
  settle();
  CHECK(answers() == 0);
  CHECK(ask<custody_loaded>(store, load_custody{{}, 10}).error().code == errc::storage_failed);
  CHECK(ask<notices_loaded>(store, load_notices{7, 0, 10}).error().code == errc::storage_failed);
  CHECK(ask<notice_peers_loaded>(store, load_notice_peers{}).error().code == errc::storage_failed);
  disk.fail_syncs(false);
  advance(60s);
  changed.receive([](custody_changed&) {}, [](caf::error&) { FAIL("not changed"); });
  CHECK(ask<custody_loaded>(store, load_custody{{}, 10})->found.size() == 1);
}

TEST_CASE_METHOD(stage, "store: whoever waits for a change hears of the store's death", "[actors]") {
  disk.fail_syncs(true);
  auto changed = self->request(store, caf::infinite, change_custody{{storage::put_custody{{1}, "row"}}});
  settle();
  self->send_exit(store, caf::exit_reason::kill);
  settle();
  changed.receive([](custody_changed&) { FAIL("changed"); },
                  [](caf::error& why) { CHECK(from_caf(why).code == errc::worker_lost); });
  disk.fail_syncs(false);
}

TEST_CASE_METHOD(stage, "store: the limit of its own queue is none for copies", "[actors]") {
  options.queue_bytes_max = 4;
  self->send_exit(store, caf::exit_reason::user_shutdown);
  settle();
  start();
  auto one = keep(1);
  settle();
  auto two = keep(2);
  auto three = self->request(store, caf::infinite, copy(3));
  settle();
  CHECK(said(one) == "kept");
  CHECK(said(two) == "storage_full");
  CHECK(said(three) == "kept");
}
