#include "actors/policy/failure_weight.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace std::chrono_literals;
using policy::failure_weight;

TEST_CASE("failure weight: a refusal at once is one, half a window of silence is half of them",
          "[policy]") {
  const policy::breaker_options options{.window = 60s, .min_requests = 5};
  CHECK(failure_weight(0ms, options) == 1);
  CHECK(failure_weight(1s, options) == 1);
  CHECK(failure_weight(30s, options) == 3);
  CHECK(failure_weight(60s, options) == 5);
  CHECK(failure_weight(10min, options) == 5);
  CHECK(failure_weight(-1s, options) == 1);
}
