#include "storage/queue_store.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace troupe;
using namespace troupe::storage;
using support::sample_body;
using support::sample_mail;

namespace {

struct failing_disk {
  support::temp_folder folder;
  support::faulty_vfs disk;
  queue_store_options options;

  failing_disk() {
    options.directory = folder.path();
    options.vfs = disk.name();
    options.reserve_bytes = 512 * 1024;
    options.wal_bytes_max = 64 * 16 * 1024;
    options.wal_bytes_due = 16 * 16 * 1024;
  }
};

} // namespace

TEST_CASE("custody: a message and what is written beside it are there together, or not at all", "[storage]") {
  failing_disk bad;
  std::uint64_t changes = 1;
  for (bool done = false; !done; ++changes) {
    CAPTURE(changes);
    std::filesystem::remove_all(bad.options.directory);
    {
      auto queue = *queue_store::open(bad.options);
      const auto old = sample_mail(1, 4);
      const custody_writes old_row{put_custody{{1}, "old"}};
      const arrival first{&old, sample_body("mail"), kept_as::message, &old_row};
      REQUIRE(queue->commit({&first, 1}, {}).arrivals.ok());
      bad.disk.die_after(changes);
      const auto copy = sample_mail(2, 4);
      const custody_writes row{put_custody{{2}, "row"}, put_notice{9, 1, "claimed"}};
      const custody_writes settled{drop_custody{{1}}, put_notice{9, 2, "settled"}};
      const custody_writes other{put_notice{9, 3, "other"}};
      const arrival came{&copy, sample_body("mail"), kept_as::copy, &row, 1};
      const settlement gone{{1}, nullptr, {}, &settled, 2};
      const custody_change change{&other, 3};
      done = queue->commit({&came, 1}, {&gone, 1}, {&change, 1}).settlements.ok();
      bad.disk.die_after(0);
    }
    bad.disk.crash(static_cast<unsigned>(changes % 2 == 0 ? 0 : changes));
    auto queue = *queue_store::open(bad.options);
    const auto rows = *queue->load_custody({}, 10);
    const auto notices = *queue->load_notices(9, 0, 10);
    REQUIRE(rows.size() == 1);
    const bool after = rows[0].row == "row";
    CHECK(rows[0].message == (after ? message_state::copy : message_state::queued));
    CHECK(notices.size() == (after ? 3u : 0u));
    CHECK(queue->load({1}).ok() != after);
    CHECK(queue->load({2}).ok() == after);
    if (done)
      CHECK(after);
  }
  CHECK(changes > 2);
}

TEST_CASE("custody: on a full disk copies are refused as mail is, and changes go through as settlements do",
          "[storage]") {
  failing_disk bad;
  auto queue = *queue_store::open(bad.options);
  for (std::int64_t id = 1; id <= 20; ++id) {
    const auto mail = sample_mail(id, 4'000);
    const custody_writes row{put_custody{{id}, "row"}};
    const arrival one{&mail, sample_body(std::string(4'000, 'x')), kept_as::copy, &row};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  REQUIRE(queue->checkpoint_idle().ok());
  CHECK(queue->room_bytes() > 0);
  bad.disk.fill_up(bad.folder / "reserve", 512 * 1024);
  int refused = 0;
  for (std::int64_t id = 1; id <= 20; ++id) {
    const auto mail = sample_mail(100 + id, 4'000);
    const custody_writes row{put_custody{{100 + id}, "row"}};
    const custody_writes dropped{drop_custody{{id}}, put_notice{9, static_cast<std::uint64_t>(id), "settled"}};
    const arrival copy{&mail, sample_body(std::string(4'000, 'y')), kept_as::copy, &row, 1};
    const custody_change change{&dropped, 2};
    const auto answer = queue->commit({&copy, 1}, {}, {&change, 1});
    if (!answer.arrivals) {
      CHECK(answer.arrivals.error().code == errc::storage_full);
      ++refused;
      CHECK(queue->load({100 + id}).error().code == errc::not_found);
    }
    REQUIRE(answer.settlements.ok());
    REQUIRE(queue->load({id}).error().code == errc::not_found);
  }
  CHECK(refused > 0);
  CHECK(queue->load_notices(9, 0, 100)->size() == 20);
  CHECK(queue->load_custody({}, 100)->size() == static_cast<std::size_t>(20 - refused));
}
