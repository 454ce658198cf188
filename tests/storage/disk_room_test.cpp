#include "storage/disk_room.hpp"

#include <catch2/catch.hpp>

using namespace troupe::storage;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

/// Full but for `free`, with nothing empty in our own files.
disk_room disk_with(std::uint64_t free) {
  disk_room disk;
  disk.free = free;
  disk.reserve = mib;
  return disk;
}

} // namespace

TEST_CASE("disk room: new mail needs its space twice, and leaves the others' reserves alone", "[storage]") {
  CHECK(fits(disk_with(6 * mib), mib));
  CHECK_FALSE(fits(disk_with(6 * mib - 1), mib));
}

TEST_CASE("disk room: what the log holds is still to be moved", "[storage]") {
  auto disk = disk_with(6 * mib);
  disk.log = disk.log_used = mib;
  CHECK_FALSE(fits(disk, mib));
  disk.free = 7 * mib;
  CHECK(fits(disk, mib));
}

TEST_CASE("disk room: nothing that is empty in our files is asked of the disk", "[storage]") {
  auto disk = disk_with(0);
  disk.log = disk.empty = 2 * mib;
  CHECK(fits(disk, 2 * mib));
  CHECK_FALSE(fits(disk, 2 * mib + 1));
}

TEST_CASE("disk room: without its reserve a shard takes only what makes no file grow", "[storage]") {
  auto disk = disk_with(100 * mib);
  disk.reserve_held = false;
  CHECK_FALSE(fits(disk, mib));
  disk.log = disk.empty = mib;
  CHECK(fits(disk, mib));
  disk.empty = mib - 1;
  CHECK_FALSE(fits(disk, mib));
}

TEST_CASE("disk room: a reserve that another shard gives up is no room", "[storage]") {
  auto disk = disk_with(0);
  for (unsigned others = 1; others < reserves_untouched; ++others) {
    disk.free += disk.reserve;
    CHECK_FALSE(fits(disk, 1));
  }
}

TEST_CASE("disk room: the margin may be in our own files", "[storage]") {
  auto disk = disk_with(20 * mib);
  disk.margin = 20 * mib;
  CHECK_FALSE(fits(disk, mib));
  disk.empty = disk.log = mib;
  CHECK(fits(disk, mib));
}
