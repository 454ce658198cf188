// A STORE on a disk that can fail, between a SHARD and a test that play its neighbours.

#pragma once

#include "actors/store.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::support {

struct store_news {
  std::vector<actors::batch_kept> batches;
  std::vector<caf::typed_response_promise<actors::batch_taken>> untaken;
  bool slow = false;
  unsigned opened = 0; ///< How often it was told to look into the schedule.
};

inline actors::shard_inbox::behavior_type fake_shard(actors::shard_inbox::pointer self, std::shared_ptr<store_news> notes) {
  return {[self, notes](const actors::batch_kept& x) -> caf::result<actors::batch_taken> {
    notes->batches.push_back(x);
    if (x.all.empty()) // a test takes all that waits
      for (auto& each : std::exchange(notes->untaken, {}))
        each.deliver(actors::batch_taken{});
    if (!notes->slow || x.all.empty())
      return actors::batch_taken{};
    notes->untaken.push_back(self->make_response_promise<actors::batch_taken>());
    return caf::delegated<actors::batch_taken>{};
  },
  [notes](const actors::store_opened&) { ++notes->opened; }};
}

struct store_fixture : actor_fixture {
  temp_folder folder;
  faulty_vfs disk;
  std::shared_ptr<store_news> notes = std::make_shared<store_news>();
  actors::store_options options;
  std::shared_ptr<actors::store_legacy> legacy = std::make_shared<actors::store_legacy>(id_source{1, 0, {}});
  actors::shard_inbox shard = sys.spawn(fake_shard, notes);
  actors::store_actor store;

  store_fixture() {
    keep_cast(caf::actor_cast<caf::strong_actor_ptr>(shard));
    options.files.directory = folder / "shard-0";
    options.files.vfs = disk.name();
    options.files.disk_free_min = 0;
    options.shard = actors::make_role(shard);
    start();
  }
  /// The next one, as a SUPERVISOR would make it.
  void start() {
    store = spawn<actors::store>(home, options, legacy);
    settle();
  }
  ~store_fixture() {
    drop_cast();
    store = nullptr;
  }

  static actors::keep_message letter(std::int64_t id) {
    return {std::make_shared<const queued_message>(sample_mail(id, 4)), sample_body("text")};
  }
  static actors::keep_message long_letter(std::int64_t id) {
    return {std::make_shared<const queued_message>(sample_mail(id, 4'000)),
            sample_body(std::string(4'000, 'x'))};
  }
  auto keep(std::int64_t id) { return self->request(store, caf::infinite, letter(id)); }

  actors::settling removal(std::int64_t id) { return {{id}, nullptr, {}}; }
  auto keep_long(std::int64_t id) { return self->request(store, caf::infinite, long_letter(id)); }

  /// Another hand writes into the database.
  void damage(std::int64_t id) const {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open((options.files.directory + "/queue.db").c_str(), &db) == SQLITE_OK);
    const auto sql = "UPDATE message SET mail = x'00ff00ff' WHERE id = " + std::to_string(id);
    CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_changes(db) == 1);
    sqlite3_close(db);
  }

  std::size_t answers() { return self->mailbox().size(); }
  actors::store_view view() { return *ask<actors::store_view>(store, actors::describe_store{}); }
  std::uint64_t queued() { return view().counts.of(message_state::queued).messages; }
};

template <class Response>
std::string said(Response& answer) {
  std::string what;
  answer.receive([&](actors::message_kept&) { what = "kept"; },
                 [&](caf::error& why) { what = to_string(actors::from_caf(why).code); });
  return what;
}

} // namespace troupe::support
