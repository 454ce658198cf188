#include "storage/queue_store.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

using namespace troupe;
using namespace troupe::storage;

namespace {

void run(const std::string& file, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  sqlite3_close(db);
  REQUIRE(code == SQLITE_OK);
}

struct folder_with_database {
  support::temp_folder folder;
  queue_store_options options;
  std::string file;

  folder_with_database() : file(folder / "queue.db") { options.directory = folder.path(); }
  error refusal() const { return queue_store::open(options).error(); }
};

} // namespace

TEST_CASE("queue schema: another program's database is refused and left as it was", "[storage]") {
  folder_with_database f;
  run(f.file, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
  const auto size = std::filesystem::file_size(f.file);
  CHECK(f.refusal().code == errc::storage_foreign);
  CHECK(f.refusal().detail.find("move it away") != std::string::npos);
  CHECK(std::filesystem::file_size(f.file) == size);
  CHECK_FALSE(std::filesystem::exists(f.file + "-wal"));
}

TEST_CASE("queue schema: garbage is refused and left as it was", "[storage]") {
  folder_with_database f;
  std::ofstream(f.file) << std::string(20'000, 'g');
  CHECK(f.refusal().code == errc::storage_foreign);
  CHECK(f.refusal().detail.find("move it away") != std::string::npos);
  CHECK(std::filesystem::file_size(f.file) == 20'000);
}

TEST_CASE("queue schema: a later version is refused, with what to do", "[storage]") {
  folder_with_database f;
  REQUIRE(queue_store::open(f.options).ok());
  run(f.file, "PRAGMA user_version = 3");
  CHECK(f.refusal().code == errc::storage_foreign);
  CHECK(f.refusal().detail.find("later troupe") != std::string::npos);
}

TEST_CASE("queue schema: a file of version 1, as the first release made it, is read", "[storage]") {
  folder_with_database f;
  std::filesystem::copy_file(TROUPE_SOURCE_DIR "/tests/storage/queue_version_1.db", f.file);
  auto queue = queue_store::open(f.options);
  REQUIRE(queue.ok());
  const auto found = (*queue)->load({4711});
  REQUIRE(found.ok());
  CHECK(found->mail == support::sample_mail(4711, 8));
  CHECK(found->body->bytes == "old mail");
  CHECK((*queue)->load_due({}, wall_time::max(), 10)->size() == 1);
}

TEST_CASE("queue schema: whatever change the power fails at, a queue of version 1 becomes one of today", "[storage]") {
  bool done = false;
  std::uint64_t changes = 1;
  for (; !done; ++changes) {
    CAPTURE(changes);
    support::faulty_vfs disk;
    folder_with_database f;
    f.options.vfs = disk.name();
    f.options.reserve_bytes = 0;
    std::filesystem::copy_file(TROUPE_SOURCE_DIR "/tests/storage/queue_version_1.db", f.file);
    disk.die_after(changes);
    done = queue_store::open(f.options).ok() && !disk.dead();
    disk.crash(static_cast<unsigned>(changes % 3 == 0 ? 0 : changes));
    auto queue = queue_store::open(f.options);
    REQUIRE(queue.ok());
    CHECK((*queue)->load({4711})->body->bytes == "old mail");
    CHECK((*queue)->load_custody({}, 10)->empty());
    const custody_writes row{put_custody{{4711}, "row"}};
    const custody_change change{&row, 1};
    CHECK((*queue)->commit({}, {}, {&change, 1}).settlements.ok());
  }
  CHECK(changes > 3);
}

TEST_CASE("queue schema: an empty file becomes a queue", "[storage]") {
  folder_with_database f;
  std::ofstream{f.file}.flush();
  CHECK(queue_store::open(f.options).ok());
}

TEST_CASE("queue schema: a damaged database is told from a foreign one", "[storage]") {
  folder_with_database f;
  {
    auto queue = *queue_store::open(f.options);
    const auto mail = support::sample_mail(1, 4);
    const arrival one{&mail, support::sample_body("mail")};
    REQUIRE(queue->commit({&one, 1}, {}).arrivals.ok());
  }
  std::fstream file{f.file, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(100); // behind the header: the schema
  file << std::string(16'000, '\xff');
  file.close();
  CHECK(f.refusal().code == errc::storage_failed);
}

TEST_CASE("queue schema: mail is for its owner's eyes only", "[storage]") {
  folder_with_database f;
  auto queue = *queue_store::open(f.options);
  for (const auto* name : {"/queue.db", "/queue.db-wal", "/queue.db-shm", "/reserve"}) {
    const auto mode = std::filesystem::status(f.options.directory + name).permissions();
    CHECK((mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all))
          == std::filesystem::perms::none);
  }
}
