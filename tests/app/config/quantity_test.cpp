#include "app/config/quantity.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::app;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number and a unit", "[config]") {
  const auto [text, time] = GENERATE(table<std::string, milliseconds>({
    {"250ms", 250ms}, {"30s", 30s}, {"5m", 5min}, {"1h", 1h}, {"5d", 120h}, {"0s", 0s}, {"007s", 7s},
  }));
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE(parsed);
  CHECK(*parsed == time);
  CHECK(*parse_duration(print_duration(time)) == time);
}

TEST_CASE("what is no duration is refused", "[config]") {
  const auto* text = GENERATE("", "5", "s", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "5S", "1h30m",
                              "5min", "99999999999999999999s", "18446744073709551615d", "3651d");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text));
}

TEST_CASE("a size is bytes, or has a binary unit", "[config]") {
  const auto [text, bytes] = GENERATE(table<std::string, std::uint64_t>({
    {"0", 0}, {"1024", 1024}, {"64KiB", 65536}, {"25MiB", 25ull << 20}, {"1GiB", 1ull << 30}, {"2TiB", 2ull << 40},
  }));
  CAPTURE(text);
  const auto parsed = parse_size(text);
  REQUIRE(parsed);
  CHECK(*parsed == bytes);
  CHECK(*parse_size(print_size(bytes)) == bytes);
}

TEST_CASE("what is no size is refused", "[config]") {
  const auto* text = GENERATE("", "MiB", "-1", "25MB", "25mib", "1.5GiB", "25 MiB", "99999999999999999999",
                              "18446744073709551615TiB", "1025TiB");
  CAPTURE(text);
  CHECK_FALSE(parse_size(text));
}

TEST_CASE("quantities are printed in the largest unit that loses nothing", "[config]") {
  CHECK(print_duration(90s) == "90s");
  CHECK(print_duration(24h) == "1d");
  CHECK(print_duration(1001ms) == "1001ms");
  CHECK(print_size(1025) == "1025");
  CHECK(print_size(1536 * 1024) == "1536KiB");
}
