#include "app/admin/histogram_json.hpp"

#include <catch2/catch.hpp>

using namespace troupe::app;

TEST_CASE("histogram: quantiles lie where the values are", "[admin]") {
  troupe::actors::histogram times({1, 2, 4});
  CHECK(quantile(times.bounds(), times.read(), 0.5) == 0);
  for (int i = 0; i < 50; ++i)
    times.observe(0.5);
  for (int i = 0; i < 50; ++i)
    times.observe(3);
  const auto now = times.read();
  CHECK(quantile(times.bounds(), now, 0.25) == Approx(0.5));
  CHECK(quantile(times.bounds(), now, 0.5) == Approx(1));
  CHECK(quantile(times.bounds(), now, 0.75) == Approx(3));
  CHECK(quantile(times.bounds(), now, 1) == Approx(4));
}

TEST_CASE("histogram: what lies above every bound counts as the last one", "[admin]") {
  troupe::actors::histogram times({1, 2});
  times.observe(1000);
  CHECK(quantile(times.bounds(), times.read(), 0.99) == 2);
  const auto shown = histogram_json(times);
  CHECK(shown["count"] == 1);
  CHECK(shown["mean"] == 1000.0);
  REQUIRE(shown["buckets"].size() == 1);
  CHECK(shown["buckets"][0][0].is_null());
}
