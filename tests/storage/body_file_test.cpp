#include "storage/body_file.hpp"

#include "storage/body_reader.hpp"
#include "tests/support/disk_syncs.hpp"
#include "tests/support/queue_samples.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>

using namespace troupe;
using namespace troupe::storage;

namespace {

struct bodies {
  support::temp_folder folder;
  body_folder place{folder.path()};

  bodies() { REQUIRE(place.make().ok()); }
};

std::string read_all(const body_reader& reader, std::size_t chunk_bytes) {
  std::string all;
  std::vector<char> chunk(chunk_bytes);
  for (;;) {
    const auto bytes = reader.read(all.size(), chunk);
    REQUIRE(bytes.ok());
    if (bytes->empty())
      return all;
    all += *bytes;
  }
}

} // namespace

TEST_CASE("body file: what was appended is read back, in any chunks", "[storage]") {
  bodies b;
  auto file = *body_file::create(b.place, {77});
  std::string text;
  for (int i = 0; i < 300; ++i) {
    const std::string part(9'000, static_cast<char>('a' + i % 26));
    REQUIRE(file.append(part).ok());
    text += part;
  }
  const auto made = *file.finish();
  CHECK(made->size == text.size());
  CHECK(made->in_file());
  CHECK(read_all(*body_reader::open(made), 4'096) == text);
  CHECK(read_all(*body_reader::open(support::sample_body(text)), 1) == text);
}

TEST_CASE("body file: the file is synced before its name, and both before it is finished", "[storage]") {
  bodies b;
  auto file = *body_file::create(b.place, {77});
  REQUIRE(file.append("x").ok());
  const support::disk_syncs syncs;
  REQUIRE(file.finish().ok());
  CHECK(syncs.paths() == std::vector{b.place.path_of({77}), b.place.folder_of({77})});
}

TEST_CASE("body file: a sync that fails finishes nothing and leaves nothing", "[storage]") {
  bodies b;
  {
    auto file = *body_file::create(b.place, {77});
    support::disk_syncs syncs;
    syncs.refuse(GENERATE(as<std::string>{}, "/bodies/"));
    CHECK(file.finish().error().code == errc::storage_failed);
  }
  CHECK_FALSE(b.place.holds({77}));
}

TEST_CASE("body file: one that is not finished is gone, one that was moved is not", "[storage]") {
  bodies b;
  {
    auto file = *body_file::create(b.place, {77});
    CHECK(body_file::create(b.place, {77}).error().code == errc::storage_failed);
    auto other = std::move(file);
    CHECK(b.place.holds({77}));
    REQUIRE(other.append("x").ok());
  }
  CHECK_FALSE(b.place.holds({77}));
  auto made = *body_file::create(b.place, {77})->finish();
  CHECK(b.place.holds({77}));
  abandon(*made);
  CHECK_FALSE(b.place.holds({77}));
}

TEST_CASE("body reader: a file may go while it is read, but not before, and not shrink", "[storage]") {
  bodies b;
  auto file = *body_file::create(b.place, {77});
  REQUIRE(file.append("some bytes").ok());
  const auto made = *file.finish();
  const auto reader = *body_reader::open(made);
  REQUIRE(b.place.remove({77}).ok());
  REQUIRE(b.place.remove({77}).ok());
  CHECK(read_all(reader, 100) == "some bytes");
  CHECK(body_reader::open(made).error().code == errc::not_found);

  auto second = *body_file::create(b.place, {78});
  REQUIRE(second.append("some bytes").ok());
  const auto shrunk = *second.finish();
  std::filesystem::resize_file(shrunk->file, 4);
  std::array<char, 100> room{};
  CHECK(body_reader::open(shrunk)->read(4, room).error().code == errc::storage_failed);
}

TEST_CASE("body folder: lists its own and nothing else", "[storage]") {
  bodies b;
  const message_id id{std::int64_t{5} << 22 | 99};
  REQUIRE(body_file::create(b.place, id)->finish().ok());
  std::filesystem::copy_file(b.place.path_of(id), b.place.folder_of(id) + "/README");
  CHECK(*b.place.list(5) == std::vector{id});
  CHECK(b.place.list(6)->empty());
}
