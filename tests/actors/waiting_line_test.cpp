#include "actors/waiting_line.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using ids = std::vector<std::int64_t>;

namespace {

waiting_lease item(std::int64_t id, bool suspect = false) { return {{id}, {0}, suspect}; }

ids all_of(waiting_line& line) {
  ids all;
  while (auto next = line.next())
    all.push_back(next->id.value);
  return all;
}

queued_message mail_of(const std::string& sender, const std::string& client) {
  queued_message mail;
  if (!sender.empty())
    mail.sender = {sender, "src.test"};
  mail.client = client;
  return mail;
}

} // namespace

TEST_CASE("waiting line: senders take turns, and what came back untried goes before all", "[actors]") {
  waiting_line line;
  for (std::int64_t id = 1; id <= 3; ++id)
    line.push({priority_class::normal, 1}, item(id));
  line.push({priority_class::normal, 2}, item(4));
  line.push_again(item(5));
  CHECK(line.size() == 5);
  CHECK(line.holds({5}));
  CHECK(line.holds({2}));
  CHECK_FALSE(line.holds({6}));
  CHECK(all_of(line) == ids{5, 1, 4, 2, 3});
  CHECK(line.empty());
}

TEST_CASE("waiting line: a letter that was in hand at a crash goes alone", "[actors]") {
  waiting_line line;
  const turn_of turn{priority_class::normal, 1};
  line.push(turn, item(1, true));
  line.push(turn, item(2, true));
  line.push(turn, item(3));
  CHECK(all_of(line) == ids{1, 3});
  line.suspect_ended({3}); // not the one that is out
  CHECK(all_of(line).empty());
  CHECK(line.holds({2}));
  line.suspect_ended({1});
  CHECK(all_of(line) == ids{2});
}

TEST_CASE("waiting line: all that waits can be taken at once", "[actors]") {
  waiting_line line;
  line.push({priority_class::low, 1}, item(1));
  line.push_again(item(2));
  line.push({priority_class::normal, 1}, item(3, true));
  line.push({priority_class::normal, 1}, item(4, true));
  REQUIRE(line.next()->id.value == 2);
  REQUIRE(line.next()->id.value == 3);
  REQUIRE(line.next()->id.value == 1); // and 4 steps aside
  line.push({priority_class::low, 1}, item(5));
  CHECK(line.take_all().size() == 2);
  CHECK(line.empty());
}

TEST_CASE("waiting line: mail shares a turn by its reverse path, or by its client without one", "[actors]") {
  CHECK(owner_of(mail_of("ann", "a [192.0.2.1]")) == owner_of(mail_of("ann", "b [192.0.2.2]")));
  CHECK(owner_of(mail_of("ann", "a [192.0.2.1]")) != owner_of(mail_of("bob", "a [192.0.2.1]")));
  CHECK(owner_of(mail_of("", "a [192.0.2.1]")) != owner_of(mail_of("", "b [192.0.2.2]")));
  auto urgent = mail_of("ann", "");
  urgent.priority = 9;
  CHECK(turn_of_message(urgent).rank == priority_class::urgent);
}

TEST_CASE("waiting line: what may leave goes from its end, and stays in order", "[actors]") {
  const auto turn = [](const waiting_lease&) { return turn_of{priority_class::normal, 1}; };
  const auto is_odd = [](const waiting_lease& each) { return each.id.value % 2 == 1; };
  waiting_line line;
  for (std::int64_t id = 1; id <= 6; ++id)
    line.push({priority_class::normal, 1}, item(id));
  line.push_again(item(7));
  ids left;
  for (const auto& each : line.take_beyond(2, turn, is_odd))
    left.push_back(each.id.value);
  CHECK(left == ids{3, 5});
  CHECK(all_of(line) == ids{7, 1, 2, 4, 6});
}

TEST_CASE("waiting line: what is overdue can be taken out, but not who waits to go alone", "[actors]") {
  const wall_time noon{seconds{12 * 3600}};
  const auto due = [](std::int64_t id, wall_time when, bool suspect = false) {
    return waiting_lease{{id}, {0}, suspect, when};
  };
  waiting_line line;
  const turn_of turn{priority_class::normal, 1};
  for (const auto id : {1, 2}) // one goes alone, the other waits for its end
    line.push(turn, due(id, noon, true));
  REQUIRE(line.next()->id.value == 1);
  REQUIRE_FALSE(line.next());
  line.push(turn, due(3, noon));
  line.push(turn, due(4, noon + seconds{1}));
  line.push_again(due(5, noon));
  ids overdue;
  for (const auto& each : line.take_overdue(noon))
    overdue.push_back(each.id.value);
  CHECK(overdue == ids{3, 5});
  CHECK(all_of(line) == ids{4});
  line.suspect_ended({1});
  CHECK(all_of(line) == ids{2});
}
