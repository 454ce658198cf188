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
