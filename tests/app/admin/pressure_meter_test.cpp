#include "app/admin/pressure_meter.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::app;

TEST_CASE("pressure meter: links that hold back are named, most first", "[admin]") {
  pressure_meter meter;
  const steady_time begin{};
  CHECK(meter.now_holding().empty());
  meter.sample(begin + 1s, {{"idle", 100}, {"store", 5}, {"memory", 0}});
  CHECK(meter.now_holding().empty());
  meter.sample(begin + 3s, {{"idle", 100}, {"store", 6}, {"memory", 8}, {"fresh", 0.2}});
  const auto now = meter.now_holding();
  REQUIRE(now.size() == 3);
  CHECK(now[0].link == "memory");
  CHECK(now[0].waiting == Approx(4));
  CHECK(now[1].link == "store");
  CHECK(now[2].link == "fresh");
}

TEST_CASE("pressure meter: what is over is forgotten, and memory stays small", "[admin]") {
  pressure_meter meter;
  const steady_time begin{};
  for (int i = 0; i < 1000; ++i)
    meter.sample(begin + i * 100ms, {{"store", i < 100 ? i * 1.0 : 100.0}});
  CHECK(meter.now_holding().empty());
  meter.sample(begin + 10'000s, {{"store", 200}});
  CHECK(meter.now_holding().empty()); // a look alone says nothing
}
