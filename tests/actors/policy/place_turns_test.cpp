#include "actors/policy/place_turns.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

const steady_time noon{1h};

taken_place held(std::uint64_t owner, steady_time::duration age) {
  return {.owner = owner, .since = noon - age, .leaves = false, .others_wait = true};
}

std::vector<std::size_t> given_up(const std::vector<taken_place>& places, std::size_t waiting) {
  return places_to_give_up(places, waiting, 10s, noon);
}

} // namespace

TEST_CASE("place turns: a place is kept for as long as nobody else waits", "[policy]") {
  auto old = held(1, 1h);
  old.others_wait = false;
  CHECK(given_up({old}, 5).empty());
  CHECK(given_up({held(1, 1h)}, 0).empty());
}

TEST_CASE("place turns: nobody gives a place up that was held for less than the time", "[policy]") {
  CHECK(given_up({held(1, 9'999ms)}, 1).empty());
  CHECK(given_up({held(1, 10s)}, 1) == std::vector<std::size_t>{0});
}

TEST_CASE("place turns: no more are given up than wait", "[policy]") {
  const std::vector<taken_place> places{held(1, 11s), held(2, 12s), held(3, 13s)};
  CHECK(given_up(places, 2) == std::vector<std::size_t>{2, 1});
  auto some_leave = places;
  some_leave[0].leaves = true;
  CHECK(given_up(some_leave, 2) == std::vector<std::size_t>{2});
  CHECK(given_up(some_leave, 1).empty());
}

TEST_CASE("place turns: whoever has the most gives first, until they are even", "[policy]") {
  const std::vector<taken_place> places{held(1, 60s), held(2, 20s), held(2, 30s), held(2, 11s)};
  CHECK(given_up(places, 2) == std::vector<std::size_t>{2, 1});
  CHECK(given_up(places, 3) == std::vector<std::size_t>{2, 1, 0});
}

TEST_CASE("place turns: what leaves already does not count among what one has", "[policy]") {
  auto leaves = held(1, 60s);
  leaves.leaves = true;
  CHECK(given_up({leaves, held(1, 20s), held(2, 30s)}, 2) == std::vector<std::size_t>{2});
}

TEST_CASE("place turns: at a time no more than a bound", "[policy]") {
  std::vector<taken_place> places;
  for (std::uint64_t owner = 1; owner <= 10 * places_given_up_max; ++owner)
    places.push_back(held(owner, 1h));
  CHECK(given_up(places, places.size()).size() == places_given_up_max);
}
