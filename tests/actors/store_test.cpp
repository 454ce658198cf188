#include "tests/actors/store_fixture.hpp"

#include <filesystem>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::said;
using support::sample_body;
using support::sample_mail;
using stage = support::store_fixture;

TEST_CASE_METHOD(stage, "store: all that waits is one commit, and the shard hears of it once",
                 "[actors]") {
  auto one = keep(1);
  auto two = keep(2);
  auto three = keep(3);
  settle();
  REQUIRE(answers() == 3);
  CHECK(said(one) == "kept");
  CHECK(said(two) == "kept");
  CHECK(said(three) == "kept");
  REQUIRE(notes->batches.size() == 1);
  CHECK(notes->batches[0].all.size() == 3);
  CHECK(queued() == 3);
}

TEST_CASE_METHOD(stage, "store: draining, it refuses mail and still settles", "[actors]") {
  auto one = keep(1);
  settle();
  CHECK(said(one) == "kept");
  self->send(store, drain{});
  auto two = keep(2);
  settle();
  CHECK(said(two) == "draining");
  CHECK(ask<messages_settled>(store, settle_messages{{removal(1)}}).ok());
  CHECK(queued() == 0);
}

TEST_CASE_METHOD(stage, "store: a shard that takes no batches holds commits back", "[actors]") {
  notes->slow = true;
  std::vector<decltype(keep(1))> waiting;
  for (std::int64_t i = 1; i <= static_cast<std::int64_t>(batches_ahead_max); ++i) {
    waiting.push_back(keep(i));
    settle();
  }
  CHECK(answers() == batches_ahead_max);
  auto late = keep(99);
  settle();
  CHECK(answers() == batches_ahead_max); // no commit, no 250
  notes->slow = false;
  self->send(shard, batch_kept{});
  settle();
  CHECK(said(late) == "kept");
}

TEST_CASE_METHOD(stage,
                 "store: where the disk fails everybody is told, and it comes back by itself",
                 "[actors]") {
  auto first = keep(1);
  settle();
  CHECK(said(first) == "kept");
  disk.die_after(0);
  auto two = keep(2);
  auto three = keep(3);
  settle();
  CHECK(said(two) == "storage_failed");
  CHECK(said(three) == "storage_failed");
  CHECK(view().broken);
  auto four = keep(4);
  settle();
  CHECK(said(four) == "storage_failed"); // at once
  auto settled = self->request(store, caf::infinite, settle_messages{{removal(1)}});
  advance(3s);
  CHECK(answers() == 0); // a settlement waits as long as it takes
  disk.crash(0);
  advance(5s); // the next trial comes four seconds after the one before
  CHECK_FALSE(view().broken);
  REQUIRE(answers() == 1);
  settled.receive([](messages_settled&) {}, [](caf::error&) { FAIL("refused"); });
  CHECK(queued() == 0);
}

TEST_CASE_METHOD(stage, "store: a notice is on disk together with what caused it", "[actors]") {
  auto one = keep(1);
  settle();
  CHECK(said(one) == "kept");
  policy::notice what;
  what.about = {1};
  what.to = {"ann", "example.net"};
  policy::notice_recipient to;
  to.to.address = {"bob", "example.org"};
  to.status = "5.1.1";
  what.recipients.push_back(to);
  REQUIRE(ask<messages_settled>(store, settle_messages{{{{1}, nullptr, {what}}}}).ok());
  REQUIRE(notes->batches.size() == 2);
  REQUIRE(notes->batches[1].all.size() == 1);
  const auto& notice = notes->batches[1].all[0];
  CHECK(notice.mail->sender.is_null());
  REQUIRE(notice.mail->recipients.size() == 1);
  CHECK(notice.mail->recipients[0].to.address.local == "ann");
  CHECK(queued() == 1); // the notice, and no longer the message
  const auto loaded = ask<messages_loaded>(store, load_messages{{{1}, notice.mail->id}});
  REQUIRE(loaded.ok());
  CHECK(loaded->found.size() == 1);
  CHECK(loaded->missing == std::vector<message_id>{{1}});
}

TEST_CASE_METHOD(stage, "store: its bound is its mailbox, but not for settlements", "[actors]") {
  std::size_t refused = 0;
  std::vector<decltype(keep(1))> all;
  for (std::int64_t i = 1; i <= static_cast<std::int64_t>(options.mailbox) + 5; ++i)
    all.push_back(keep(i));
  auto settled
    = self->request<caf::message_priority::high>(store, caf::infinite, settle_messages{});
  settle();
  for (auto& each : all)
    refused += said(each) == "mailbox_full";
  CHECK(refused == 5);
  settled.receive([](messages_settled&) {}, [](caf::error&) { FAIL("refused"); });
}

TEST_CASE_METHOD(stage, "store: on a full disk mail is refused, and settling goes through",
                 "[actors]") {
  constexpr std::int64_t letters = 20;
  for (std::int64_t id = 1; id <= letters; ++id) {
    auto kept = keep_long(id);
    settle();
    REQUIRE(said(kept) == "kept");
  }
  advance(3s); // an idle moment empties the log
  const auto reserve = options.files.directory + "/reserve";
  REQUIRE(std::filesystem::exists(reserve));
  disk.fill_up(reserve, 512 * 1024);
  std::size_t refused = 0;
  bool reserve_used = false;
  for (std::int64_t id = 1; id <= letters; ++id) {
    // Both in one commit.
    auto more = keep_long(100 + id);
    auto settled = self->request(store, caf::infinite, settle_messages{{removal(id)}});
    settle();
    REQUIRE(answers() == 2);
    const auto answer = said(more);
    CHECK((answer == "kept" || answer == "storage_full"));
    refused += answer == "storage_full";
    settled.receive([](messages_settled&) {}, [](caf::error&) { FAIL("refused"); });
    reserve_used = reserve_used || !std::filesystem::exists(reserve);
  }
  CHECK(refused > 0);
  CHECK(reserve_used);
  CHECK_FALSE(view().broken); // full is not broken
  CHECK(queued() == letters - refused);
  std::size_t announced = 0;
  for (const auto& each : notes->batches)
    announced += each.all.size();
  CHECK(announced == 2 * letters - refused); // the SHARD hears of no mail that was refused
  disk.fill_up({}, 0);
  auto after = keep(500);
  settle();
  CHECK(said(after) == "kept");
}

TEST_CASE_METHOD(stage, "store: above the queue's bound mail is refused until some has gone",
                 "[actors]") {
  options.number = 1;
  options.files.directory = folder / "shard-1";
  options.queue_bytes_max = 8'000;
  start();
  for (std::int64_t id = 1; id <= 2; ++id) {
    auto kept = keep_long(id);
    settle();
    REQUIRE(said(kept) == "kept");
  }
  CHECK_FALSE(view().has_room);
  auto third = keep_long(3);
  settle();
  CHECK(said(third) == "storage_full");
  CHECK(ask<messages_settled>(store, settle_messages{{removal(1)}}).ok());
  CHECK(view().has_room);
  auto again = keep_long(3);
  settle();
  CHECK(said(again) == "kept");
}

TEST_CASE_METHOD(stage, "store: a shard set aside writes nothing more, and says why", "[actors]") {
  auto kept = keep(1);
  settle();
  CHECK(said(kept) == "kept");
  CHECK(view().aside.empty());
  auto waiting = keep(2);
  self->send(store, set_shard_aside{"page 7 is damaged"});
  settle();
  CHECK(said(waiting) == "storage_failed");
  const auto file = options.files.directory + "/queue.db";
  const auto bytes = std::filesystem::file_size(file);
  auto settled = self->request(store, caf::infinite, settle_messages{{removal(1)}});
  advance(5s); // a broken one would be opened afresh
  CHECK(answers() == 0);
  auto late = self->request(store, caf::infinite, letter(3));
  settle();
  REQUIRE(answers() == 1);
  CHECK(said(late) == "storage_failed");
  const auto page = ask<schedule_loaded>(store, load_schedule{{}, 10});
  REQUIRE_FALSE(page.ok());
  CHECK(page.error().code == errc::storage_failed);
  const auto loaded = ask<messages_loaded>(store, load_messages{{{1}}});
  REQUIRE(loaded.ok());
  CHECK(loaded->unread == std::vector<message_id>{{1}}); // it is not lost
  CHECK(loaded->missing.empty());
  CHECK(view().aside == "page 7 is damaged");
  CHECK(view().broken);
  CHECK(logged().find("shard_set_aside") != std::string::npos);
  CHECK(std::filesystem::file_size(file) == bytes);
  drop_cast();
  bool failed = false;
  settled.receive([](messages_settled&) {}, [&](caf::error&) { failed = true; });
  CHECK(failed);
}

TEST_CASE_METHOD(stage, "store: a message that cannot be read is missing once, held, and kept",
                 "[actors]") {
  for (std::int64_t id = 1; id <= 3; ++id) {
    auto kept = keep(id);
    settle();
    REQUIRE(said(kept) == "kept");
  }
  damage(2);
  const auto loaded = ask<messages_loaded>(store, load_messages{{{1}, {2}, {3}}});
  REQUIRE(loaded.ok());
  REQUIRE(loaded->found.size() == 2);
  CHECK(loaded->found[0].mail->id == message_id{1});
  CHECK(loaded->found[1].mail->id == message_id{3});
  CHECK(loaded->missing == std::vector<message_id>{{2}});
  CHECK(loaded->unread.empty());
  CHECK(loaded->why.find("damaged") != std::string::npos);
  const auto page = ask<schedule_loaded>(store, load_schedule{{}, 10});
  REQUIRE(page.ok());
  CHECK(page->entries.size() == 2); // out of the schedule
  CHECK(queued() == 2);
  CHECK(view().counts.of(message_state::held).messages == 1);
  CHECK_FALSE(view().broken);
}

TEST_CASE_METHOD(stage, "store: a message that is not there is missing, without a reason",
                 "[actors]") {
  const auto loaded = ask<messages_loaded>(store, load_messages{{{9}}});
  REQUIRE(loaded.ok());
  CHECK(loaded->missing == std::vector<message_id>{{9}});
  CHECK(loaded->why.empty());
}

TEST_CASE_METHOD(stage, "store: a disk that cannot be read loses nobody's mail", "[actors]") {
  auto kept = keep(1);
  settle();
  CHECK(said(kept) == "kept");
  disk.die_after(0);
  auto lost = keep(2);
  settle();
  CHECK(said(lost) == "storage_failed");
  const auto loaded = ask<messages_loaded>(store, load_messages{{{1}}});
  REQUIRE(loaded.ok());
  CHECK(loaded->unread == std::vector<message_id>{{1}});
  CHECK(loaded->missing.empty());
  disk.crash(0);
  advance(3s);
  const auto again = ask<messages_loaded>(store, load_messages{{{1}}});
  REQUIRE(again.ok());
  CHECK(again->found.size() == 1);
}
