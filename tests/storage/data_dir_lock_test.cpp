#include "storage/data_dir_lock.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace troupe;
using namespace troupe::storage;

TEST_CASE("data_dir lock: one holder at a time, and the refused one learns who", "[storage]") {
  support::temp_folder folder;
  const auto data_dir = folder / "a/b";
  {
    auto held = data_dir_lock::acquire(data_dir);
    REQUIRE(held.ok());
    const auto moved = *std::move(held);
    const auto refused = data_dir_lock::acquire(data_dir);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == errc::refused);
    CHECK(refused.error().detail.find(std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(data_dir_lock::acquire(data_dir).ok());
}
