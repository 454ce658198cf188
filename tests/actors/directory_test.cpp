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

TEST_CASE("directory: finds the youngest actor of a path", "[actors]") {
  directory all;
  CHECK(all.find("/clerk") == nullptr);
  const auto old = all.enter(card_of("/clerk"));
  const auto young = all.enter(card_of("/clerk"));
  all.enter(card_of("/clerk/2"));
  CHECK(all.find("/clerk") == *young);
  all.leave(young);
  CHECK(all.find("/clerk") == *old);
  CHECK(all.find("/cler") == nullptr);
}

TEST_CASE("directory: who comes after a death shows how often and of what", "[actors]") {
  directory all;
  const auto first = all.enter(card_of("/clerk"));
  (*first)->note(wall_time{seconds{1}}, "opened");
  CHECK(all.everyone()[0].restarts == 0);
  const auto events_of_first = (*first)->events();
  all.leave(first);
  all.note_death("/clerk", "a bug", events_of_first);
  const auto second = all.enter(card_of("/clerk"));
  (*second)->note(wall_time{seconds{2}}, "opened again");
  CHECK(all.everyone()[0].restarts == 1);
  CHECK(all.everyone()[0].last_error == "a bug");
  const auto events = all.events_of(**second);
  REQUIRE(events.size() == 2);
  CHECK(events[0].what == "opened");
  CHECK(events[1].what == "opened again");
  all.note_death("/clerk", "another", {});
  all.leave(second);
  all.enter(card_of("/clerk"));
  CHECK(all.everyone()[0].restarts == 2);
  CHECK(all.everyone()[0].last_error == "another");
}

TEST_CASE("directory: a card keeps its last events only", "[actors]") {
  actor_card card;
  CHECK(card.events().empty());
  for (std::size_t i = 0; i < card_events_max + 5; ++i)
    card.note(wall_time{}, std::to_string(i));
  REQUIRE(card.events().size() == card_events_max);
  CHECK(card.events().front().what == "5");
  CHECK(card.events().back().what == std::to_string(card_events_max + 4));
}

TEST_CASE("directory: deaths of the oldest paths are forgotten first", "[actors]") {
  directory all;
  for (std::size_t i = 0; i <= directory::records_max; ++i)
    all.note_death("/clerk/" + std::to_string(i), "a bug", {});
  all.enter(card_of("/clerk/0"));
  all.enter(card_of("/clerk/1"));
  CHECK(all.everyone()[0].restarts == 0);
  CHECK(all.everyone()[1].restarts == 1);
}

TEST_CASE("directory: a state is shown with its time", "[actors]") {
  directory all;
  const auto card = card_of("/clerk");
  all.enter(card);
  CHECK(all.everyone()[0].state == "starting");
  card->enter_state("serving", steady_now() - seconds{5});
  card->busy_since = (steady_now() - seconds{2}).time_since_epoch();
  CHECK(all.everyone()[0].state == "serving");
  CHECK(all.everyone()[0].in_state >= seconds{5});
  CHECK(all.everyone()[0].busy_for >= seconds{2});
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
