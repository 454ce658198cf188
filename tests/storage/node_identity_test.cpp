#include "storage/node_identity.hpp"

#include "net/core/message_id.hpp"
#include "tests/support/disk_syncs.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace troupe;
using namespace troupe::storage;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};
constexpr steady_time start{1h};

} // namespace

TEST_CASE("node identity: the number is drawn once, and ids begin above those of the last run", "[storage]") {
  support::temp_folder folder;
  const auto first = *node_identity::open(folder.path(), noon, start);
  CHECK(first.number() < node_numbers_max);
  const auto second = *node_identity::open(folder.path(), noon - 24h, start);
  CHECK(second.number() == first.number());
  CHECK(second.floor() >= noon + id_reserve);
}

TEST_CASE("node identity: is on disk before it is used", "[storage]") {
  support::temp_folder folder;
  support::disk_syncs syncs;
  REQUIRE(node_identity::open(folder.path(), noon, start).ok());
  CHECK(syncs.paths() == std::vector<std::string>{folder / "node.id.new", folder.path()});
  syncs.refuse("node.id");
  CHECK(node_identity::open(folder.path(), noon + 1h, start).error().code == errc::storage_failed);
}

TEST_CASE("node identity: no clock that jumps makes two runs share a time", "[storage]") {
  support::temp_folder folder;
  auto node = *node_identity::open(folder.path(), noon, start);
  auto newest = noon;
  auto ticks = start;
  // The clock is right, leaps ahead, falls back, stands still.
  for (const auto now : {noon + 15s, noon + 30s, noon + 5h, noon - 5h, noon - 5h, noon + 1h}) {
    ticks += 15s;
    REQUIRE(node.extend(now, ticks).ok());
    newest = std::max(newest + 15s, now); // what id_source may have reached by then
  }
  CHECK(node_identity::open(folder.path(), noon, start)->floor() > newest + 15s);
}

TEST_CASE("node identity: is extended in the place that the last one left, lest a full disk stop it", "[storage]") {
  support::temp_folder folder;
  const auto place_of = [](const std::string& path) {
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK(found.st_blocks > 0);
    return found.st_ino;
  };
  auto node = *node_identity::open(folder.path(), noon, start);
  for (int hour = 1; hour < 4; ++hour) {
    const auto used = place_of(folder / "node.id");
    const auto spare = place_of(folder / "node.id.new");
    REQUIRE(node.extend(noon + hour * 1h, start).ok());
    CHECK(place_of(folder / "node.id") == spare);
    CHECK(place_of(folder / "node.id.new") == used);
  }
}

TEST_CASE("node identity: writes only when half of what was reserved is used up", "[storage]") {
  support::temp_folder folder;
  auto node = *node_identity::open(folder.path(), noon, start);
  const support::disk_syncs syncs;
  REQUIRE(node.extend(noon + 29s, start + 29s).ok());
  CHECK(syncs.paths().empty());
  REQUIRE(node.extend(noon + 31s, start + 31s).ok());
  CHECK_FALSE(syncs.paths().empty());
}

TEST_CASE("node identity: a file that is not ours is refused, not replaced", "[storage]") {
  const auto text = GENERATE(as<std::string>{}, "", "hello", "troupe-node 2\nnumber 1\nreserved_ms 1\n",
                             "troupe-node 1\nnumber 4096\nreserved_ms 1\n",
                             "troupe-node 1\nnumber 1\nreserved_ms -1\n",
                             "troupe-node 1\nnumber 1\nreserved_ms 9223372036854775807\n",
                             "troupe-node 1\nnumber 1\nreserved_ms 1", std::string(10'000, 'x'));
  CAPTURE(text);
  support::temp_folder folder;
  std::ofstream(folder / "node.id") << text;
  const auto refused = node_identity::open(folder.path(), noon, start);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::storage_foreign);
  CHECK(std::filesystem::file_size(folder / "node.id") == text.size());
}
