#include "actors/store.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;
using support::sample_body;
using support::sample_mail;

namespace {

struct reception {
  std::vector<batch_kept> batches;
  std::vector<caf::typed_response_promise<batch_taken>> untaken;
  bool slow = false;
};

shard_inbox::behavior_type fake_shard(shard_inbox::pointer self, std::shared_ptr<reception> notes) {
  return {[self, notes](const batch_kept& x) -> caf::result<batch_taken> {
    notes->batches.push_back(x);
    if (x.all.empty()) // a test takes all that waits
      for (auto& each : std::exchange(notes->untaken, {}))
        each.deliver(batch_taken{});
    if (!notes->slow || x.all.empty())
      return batch_taken{};
    notes->untaken.push_back(self->make_response_promise<batch_taken>());
    return caf::delegated<batch_taken>{};
  }};
}

struct stage : support::actor_fixture {
  support::temp_folder folder;
  support::faulty_vfs disk;
  std::shared_ptr<reception> notes = std::make_shared<reception>();
  store_options options;
  shard_inbox shard = sys.spawn(fake_shard, notes);
  store_actor store;

  stage() {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(shard));
    options.files.directory = folder / "shard-0";
    options.files.vfs = disk.name();
    options.files.disk_free_min = 0;
    auto opened = storage::queue_store::open(options.files);
    REQUIRE(opened.ok());
    store = spawn<actors::store>(
      home, options, std::make_shared<std::unique_ptr<storage::queue_store>>(std::move(*opened)));
    self->send(store, meet_shard{shard});
    settle();
  }
  ~stage() {
    drop_cast();
    store = nullptr;
  }

  static keep_message letter(std::int64_t id) {
    return {std::make_shared<const queued_message>(sample_mail(id, 4)), sample_body("text")};
  }
  auto keep(std::int64_t id) { return self->request(store, caf::infinite, letter(id)); }

  settling removal(std::int64_t id) { return {{id}, nullptr, {}}; }
  std::size_t answers() { return self->mailbox().size(); }
  store_view view() { return *ask<store_view>(store, describe_store{}); }
  std::uint64_t queued() { return view().counts.of(message_state::queued).messages; }
};

template <class Response>
std::string said(Response& answer) {
  std::string what;
  answer.receive([&](message_kept&) { what = "kept"; },
                 [&](caf::error& why) { what = to_string(from_caf(why).code); });
  return what;
}

} // namespace

TEST_CASE_METHOD(stage, "store: all that waits is one commit, and the shard hears of it once", "[actors]") {
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

TEST_CASE_METHOD(stage, "store: where the disk fails everybody is told, and it comes back by itself",
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
  advance(3s);
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
  auto settled = self->request<caf::message_priority::high>(store, caf::infinite, settle_messages{});
  settle();
  for (auto& each : all)
    refused += said(each) == "mailbox_full";
  CHECK(refused == 5);
  settled.receive([](messages_settled&) {}, [](caf::error&) { FAIL("refused"); });
}
