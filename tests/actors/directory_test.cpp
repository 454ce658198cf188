#include "actors/directory.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;

namespace {

std::shared_ptr<actor_card> card_of(const std::string& path) {
  auto card = std::make_shared<actor_card>();
  card->kind = "clerk";
  card->path = path;
  return card;
}

std::vector<std::string> paths(const directory& all) {
  std::vector<std::string> found;
  for (const auto& each : all.everyone())
    found.push_back(each.path);
  return found;
}

} // namespace

TEST_CASE("directory: shows who is there, oldest first, until they leave", "[actors]") {
  directory all;
  CHECK(all.everyone().empty());
  const auto one = all.enter(card_of("/b"));
  const auto two = all.enter(card_of("/a"));
  const auto three = all.enter(card_of("/c"));
  CHECK(paths(all) == std::vector<std::string>{"/b", "/a", "/c"});
  all.leave(two);
  CHECK(paths(all) == std::vector<std::string>{"/b", "/c"});
  all.leave(one);
  all.leave(three);
  CHECK(all.everyone().empty());
}

TEST_CASE("directory: two actors of one path are two", "[actors]") {
  directory all;
  const auto old = all.enter(card_of("/clerk"));
  const auto young = all.enter(card_of("/clerk"));
  CHECK(all.everyone().size() == 2);
  (*young)->handled = 7;
  all.leave(old); // it takes its own card along
  REQUIRE(all.everyone().size() == 1);
  CHECK(all.everyone()[0].handled == 7);
}

TEST_CASE("directory: a view says what the card said at that moment", "[actors]") {
  directory all;
  const auto card = card_of("/clerk");
  card->mailbox_limit = 64;
  card->mailbox_depth = 3;
  card->handled = 10;
  card->refused = 2;
  card->born -= seconds{5};
  all.enter(card);
  const auto before = all.everyone();
  card->mailbox_depth = 0;
  card->handled = 13;
  REQUIRE(before.size() == 1);
  CHECK(before[0].kind == "clerk");
  CHECK(before[0].path == "/clerk");
  CHECK(before[0].age >= seconds{5});
  CHECK(before[0].mailbox_limit == 64);
  CHECK(before[0].mailbox_depth == 3);
  CHECK(before[0].handled == 10);
  CHECK(before[0].refused == 2);
  CHECK(all.everyone()[0].mailbox_depth == 0);
  CHECK(all.everyone()[0].handled == 13);
}
