#include "net/core/message_id.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace troupe;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

}

TEST_CASE("message id: text and number sort alike, and come back", "[core]") {
  id_source lane{7, 3, noon};
  auto last = lane.next(noon);
  for (int i = 0; i < 1000; ++i) {
    const auto id = lane.next(noon + milliseconds{i / 7});
    CHECK(id > last);
    CHECK(to_string(id) > to_string(last));
    CHECK(to_string(id).size() == 13);
    CHECK(*parse_message_id(to_string(id)) == id);
    last = id;
  }
}

TEST_CASE("message id: carries its time of birth", "[core]") {
  CHECK(born_at(id_source{0, 0, {}}.next(noon)) == noon);
}

TEST_CASE("message id: a clock that jumps back never repeats an id", "[core]") {
  id_source lane{1, 0, noon};
  const auto first = lane.next(noon);
  CHECK(lane.next(noon - 1h) > first);
}

TEST_CASE("message id: a new start begins at the floor of the last one", "[core]") {
  const auto before = id_source{1, 0, {}}.next(noon);
  CHECK(id_source(1, 0, noon + 1min).next(noon - 1h) > before);
}

TEST_CASE("message id: lanes and nodes never meet", "[core]") {
  CHECK(id_source(1, 0, {}).next(noon) != id_source(1, 1, {}).next(noon));
  CHECK(id_source(1, 0, {}).next(noon) != id_source(2, 0, {}).next(noon));
}

TEST_CASE("message id: the hash spreads one lane's ids evenly over few shards", "[core]") {
  const unsigned shards = GENERATE(2u, 3u, 4u, 8u, 16u);
  const int pause = GENERATE(0, 1, 250); // milliseconds between two
  id_source lane{7, 3, noon};
  std::vector<unsigned> taken(shards);
  for (int i = 0; i < 4096; ++i)
    ++taken[std::hash<message_id>{}(lane.next(noon + milliseconds{i * pause})) % shards];
  CAPTURE(shards, pause, taken);
  for (const auto each : taken)
    CHECK(each > 4096 / shards / 2);
}

TEST_CASE("message id: what is none is refused", "[core]") {
  const auto text = GENERATE(as<std::string>{}, "", "0", "00000000000000", "000000000000u",
                             "zzzzzzzzzzzzz", "0000000 00000");
  CAPTURE(text);
  CHECK_FALSE(parse_message_id(text).ok());
}

TEST_CASE("message id: upper case is read too", "[core]") {
  const auto id = id_source{4095, 31, {}}.next(noon);
  auto text = to_string(id);
  for (auto& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK(*parse_message_id(text) == id);
}
