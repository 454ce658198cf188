#include "app/admin/rate_meter.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using troupe::app::rate_meter;

TEST_CASE("rate meter: growth over the last minute, and nothing before two looks", "[admin]") {
  rate_meter meter;
  const troupe::steady_time start{1h};
  CHECK(meter.rates().in_per_second == 0);
  meter.sample(start, 100, 10);
  CHECK(meter.rates().in_per_second == 0);
  meter.sample(start + 500ms, 1000, 1000); // too early: passed over
  CHECK(meter.rates().in_per_second == 0);
  meter.sample(start + 10s, 200, 60);
  CHECK(meter.rates().in_per_second == Approx(10));
  CHECK(meter.rates().out_per_second == Approx(5));
}

TEST_CASE("rate meter: what was more than a minute ago counts no more", "[admin]") {
  rate_meter meter;
  const troupe::steady_time start{1h};
  for (int second = 0; second <= 600; ++second)
    meter.sample(start + std::chrono::seconds{second},
                 second < 300 ? 1'000'000u * second : 300'000'000u, 0);
  CHECK(meter.rates().in_per_second == 0);
}
