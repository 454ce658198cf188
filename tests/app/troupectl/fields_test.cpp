#include "app/troupectl/fields.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using namespace troupe::app;

TEST_CASE("fields: numbers that no daemon would send are still shown", "[troupectl]") {
  const json answer{{"large", std::numeric_limits<std::int64_t>::max()},
                    {"small", std::numeric_limits<std::int64_t>::min()},
                    {"real", 1e300}};
  CHECK(span_of(answer, "large") == "365000d");
  CHECK(span_of(answer, "small") == "0s");
  CHECK(span_of(answer, "real") == "0s");
  CHECK(number_of(answer, "real") == 0);
  CHECK(size_of(answer, "large") == "8388608.0 TiB");
}

TEST_CASE("fields: what is missing or of another kind has words too", "[troupectl]") {
  const json answer{{"list", json::array()}, {"nothing", nullptr}};
  for (const auto* key : {"list", "nothing", "missing"}) {
    CAPTURE(key);
    CHECK(span_of(answer, key) == "-");
    CHECK(size_of(answer, key) == "-");
    CHECK(number_of(answer, key) == 0);
    CHECK(part_of(answer, key).empty());
    CHECK(list_of(answer, key).empty());
  }
  CHECK(text_of(answer, "nothing") == "-");
  CHECK(text_of("no object", "nothing") == "-");
}
