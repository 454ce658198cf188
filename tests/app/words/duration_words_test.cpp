#include "app/words/duration_words.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using troupe::app::duration_words;

TEST_CASE("duration words: the two largest units, and no empty ones", "[words]") {
  CHECK(duration_words(0ms) == "0s");
  CHECK(duration_words(999ms) == "0s");
  CHECK(duration_words(59s) == "59s");
  CHECK(duration_words(60s) == "1m");
  CHECK(duration_words(252s) == "4m12s");
  CHECK(duration_words(1h + 1s) == "1h");
  CHECK(duration_words(76h) == "3d4h");
  CHECK(duration_words(-5s) == "0s");
}

TEST_CASE("durations below a minute have three digits where that is asked for", "[words]") {
  using troupe::app::precise_duration_words;
  CHECK(precise_duration_words(0) == "0s");
  CHECK(precise_duration_words(-1) == "0s");
  CHECK(precise_duration_words(0.000025) == "25us");
  CHECK(precise_duration_words(0.00125) == "1.25ms");
  CHECK(precise_duration_words(0.34) == "340ms");
  CHECK(precise_duration_words(0.9996) == "1s");
  CHECK(precise_duration_words(12.5) == "12.5s");
  CHECK(precise_duration_words(3725) == "1h2m");
  CHECK_FALSE(precise_duration_words(1e300).empty());
}
