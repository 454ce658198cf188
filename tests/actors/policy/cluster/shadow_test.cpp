#include "actors/policy/cluster/shadow.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

constexpr steady_time noon{12h};
constexpr node_id us{1};
constexpr node_id ann{2};
constexpr node_id bob{3};
constexpr message_id mail{4096};

std::vector<peer_status> two_peers() {
  return {{.id = ann, .load = {.room_bytes = 1'000'000}}, {.id = bob, .load = {.room_bytes = 1'000'000}}};
}

struct desk {
  explicit desk(shadow_options options = {}) : rules{options, us, first_life(1), noon} {
    rules.restored(noon);
    rules.set_peers(two_peers());
    rules.standing_changed(true, first_life(1), noon);
    rules.receive(ann, all_told{first_life(1)}, true, noon);
    rules.receive(bob, all_told{first_life(1)}, true, noon);
    rules.tick(noon, true);
    all();
  }
  std::vector<shadow_action> all() {
    std::vector<shadow_action> some;
    while (auto todo = rules.next())
      some.push_back(std::move(*todo));
    return some;
  }
  shadow rules;
};

template <class Action>
std::vector<Action> only(const std::vector<shadow_action>& all) {
  std::vector<Action> some;
  for (const auto& each : all)
    if (const auto* const one = std::get_if<Action>(&each))
      some.push_back(*one);
  return some;
}

template <class Message>
std::vector<std::pair<node_id, Message>> sent(const std::vector<shadow_action>& all) {
  std::vector<std::pair<node_id, Message>> some;
  for (const auto& each : only<send_to>(all))
    if (const auto* const one = std::get_if<Message>(&each.what))
      some.emplace_back(each.to, *one);
  return some;
}

/// A copy that is here for ann, with bob as another holder.
void hold_for_ann(desk& d, std::vector<node_id> holders = {us, bob}) {
  d.rules.receive(ann, keep_copy{1, {.id = mail, .by = {0, ann}, .holders = std::move(holders)}, 10}, true, noon);
  REQUIRE(sent<copy_kept>(d.all()).size() == 1);
}

} // namespace

TEST_CASE("shadow: the 250 waits for this disk and for the copy", "[policy][cluster]") {
  desk d;
  d.rules.keep(mail, 10, noon);
  const auto first = d.all();
  CHECK(only<keep_here>(first).size() == 1);
  const auto asked = sent<keep_copy>(first);
  REQUIRE(asked.size() == 1);
  const auto [to, what] = asked.front();
  SECTION("in this order") {
    d.rules.kept_here(mail, noon);
    CHECK(d.all().empty());
    d.rules.receive(to, copy_kept{what.attempt, mail}, true, noon);
  }
  SECTION("and in the other") {
    d.rules.receive(to, copy_kept{what.attempt, mail}, true, noon);
    CHECK(d.all().empty());
    d.rules.kept_here(mail, noon);
  }
  const auto last = d.all();
  REQUIRE(only<accept_message>(last).size() == 1);
  CHECK(only<accept_message>(last).front().copies == 2);
  CHECK(only<write_custody>(last).empty()); // what was written with the message is true
  CHECK(d.rules.may_deliver(mail));
  CHECK(d.rules.needs_standing(mail));
}

TEST_CASE("shadow: a holder that does not answer is replaced in time", "[policy][cluster]") {
  desk d;
  d.rules.keep(mail, 10, noon);
  const auto first = sent<keep_copy>(d.all()).at(0);
  d.rules.kept_here(mail, noon);
  d.rules.tick(noon + 2s, true);
  const auto second = sent<keep_copy>(d.all());
  REQUIRE(second.size() == 1);
  CHECK(second.front().first != first.first);
  SECTION("and told that it is not needed, if it has it after all") {
    d.rules.receive(second.front().first, copy_kept{second.front().second.attempt, mail}, true, noon + 2s);
    const auto last = d.all();
    CHECK(only<accept_message>(last).size() == 1);
    CHECK(only<write_custody>(last).size() == 1);
    REQUIRE(only<write_notice>(last).size() == 1);
    CHECK(only<write_notice>(last).front().to == first.first);
    CHECK(only<write_notice>(last).front().what.kind == notice_kind::released);
  }
  SECTION("a late answer of the first one counts for nothing") {
    d.rules.receive(first.first, copy_kept{first.second.attempt, mail}, true, noon + 2s);
    CHECK(only<accept_message>(d.all()).empty());
  }
}

TEST_CASE("shadow: short of holders, the rule decides", "[policy][cluster]") {
  const auto rule = GENERATE(short_rule::accept, short_rule::refuse);
  shadow_options options;
  options.when_short = rule;
  desk d{options};
  d.rules.set_peers({});
  d.rules.keep(mail, 10, noon);
  d.rules.kept_here(mail, noon);
  const auto all = d.all();
  CHECK(only<accept_message>(all).size() == (rule == short_rule::accept ? 1 : 0));
  CHECK(only<refuse_message>(all).size() == (rule == short_rule::accept ? 0 : 1));
  if (rule == short_rule::accept) {
    CHECK_FALSE(d.rules.needs_standing(mail));
    d.rules.set_peers(two_peers()); // now there are some: the copy is made
    d.rules.tick(noon + 1s, true);
    CHECK(sent<keep_copy>(d.all()).size() == 1);
  }
}

TEST_CASE("shadow: who was asked to hold it in vain has it perhaps, until it says otherwise", "[policy][cluster]") {
  desk d;
  d.rules.keep(mail, 10, noon);
  d.rules.kept_here(mail, noon);
  d.rules.tick(noon + 2s, true);
  d.rules.tick(noon + 60s, true);
  const auto told = only<write_notice>(d.all());
  REQUIRE(told.size() == 2); // both were asked, neither answered
  REQUIRE(d.rules.find(mail)->holders[0] == 0);
  CHECK(d.rules.needs_standing(mail));
  d.rules.standing_changed(false, first_life(1), noon + 60s);
  CHECK_FALSE(d.rules.may_deliver(mail)); // one of them may have taken it over
  d.rules.standing_changed(true, first_life(1), noon + 60s);
  for (const auto& each : told) {
    REQUIRE(each.what.kind == notice_kind::released);
    CHECK(d.rules.needs_standing(mail));
    d.rules.tick(noon + 61s, true);
    d.rules.receive(each.to, notices_heard{{{each.what.sequence, mail, notice_answer::unknown, {}}}}, true, noon + 61s);
  }
  d.rules.set_peers({});
  CHECK_FALSE(d.rules.needs_standing(mail));
}

TEST_CASE("shadow: too many messages at once are refused", "[policy][cluster]") {
  shadow_options options;
  options.keeping_max = 2;
  desk d{options};
  for (std::int64_t i = 1; i <= 3; ++i)
    d.rules.keep({i}, 10, noon);
  CHECK(only<refuse_message>(d.all()).size() == 1);
}

TEST_CASE("shadow: a settled message's notices are repeated until they are heard", "[policy][cluster]") {
  desk d;
  d.rules.keep(mail, 10, noon);
  const auto asked = sent<keep_copy>(d.all()).at(0);
  d.rules.receive(asked.first, copy_kept{asked.second.attempt, mail}, true, noon);
  d.rules.kept_here(mail, noon);
  d.all();
  d.rules.settled(mail, noon);
  auto todo = d.all();
  REQUIRE(only<write_notice>(todo).size() == 1);
  CHECK(only<drop_custody>(todo).size() == 1);
  d.rules.tick(noon + 1s, true);
  const auto once = sent<notices>(d.all());
  REQUIRE(once.size() == 1);
  d.rules.tick(noon + 3s, true);
  CHECK(sent<notices>(d.all()).size() == 1);
  const auto& item = once.front().second.items.front();
  CHECK(item.kind == notice_kind::settled);
  d.rules.receive(asked.first, notices_heard{{{item.sequence, mail, notice_answer::heard, {}}}}, true, noon + 3s);
  CHECK(only<erase_notices>(d.all()).size() == 1);
  d.rules.tick(noon + 9s, true);
  CHECK(sent<notices>(d.all()).empty());
}

TEST_CASE("shadow: the copy of a lost owner becomes the message, once", "[policy][cluster]") {
  desk d;
  hold_for_ann(d, {us});
  CHECK_FALSE(d.rules.may_deliver(mail));
  auto peers = two_peers();
  peers[0].lost = true;
  peers[0].reachable = false;
  d.rules.set_peers(peers);
  d.rules.peer_lost(ann, noon + 10s);
  SECTION("not without standing") {
    d.rules.tick(noon + 11s, false);
    CHECK(d.all().empty());
  }
  SECTION("the claim is on disk before it is adopted, and ann will hear of it") {
    d.rules.tick(noon + 11s, true);
    const auto all = d.all();
    REQUIRE(only<write_custody>(all).size() == 1);
    CHECK(only<write_custody>(all).front().row.by == claim{1, us});
    REQUIRE(only<write_notice>(all).size() == 1);
    CHECK(only<write_notice>(all).front().to == ann);
    CHECK(only<adopt_message>(all).size() == 1);
    CHECK(std::holds_alternative<write_custody>(all.front()));
    CHECK(d.rules.may_deliver(mail));
  }
  SECTION("the greater claim wins") {
    d.rules.tick(noon + 11s, true);
    d.all();
    d.rules.receive(bob, notices{{{7, mail, notice_kind::claimed, {1, bob}}}}, true, noon + 12s);
    CHECK(only<demote_message>(d.all()).size() == 1);
    CHECK_FALSE(d.rules.may_deliver(mail));
    d.rules.receive(ann, notices{{{7, mail, notice_kind::claimed, {1, ann}}}}, true, noon + 12s);
    const auto answer = sent<notices_heard>(d.all());
    REQUIRE(answer.size() == 1);
    CHECK(answer.front().second.items.front().answer == notice_answer::overruled);
  }
}

TEST_CASE("shadow: back from the dead, it delivers nothing before it was told", "[policy][cluster]") {
  shadow rules{{}, us, first_life(2), noon};
  rules.restore({.id = mail, .by = {0, us}, .confirmed = 1, .holders = {ann}});
  rules.restored(noon);
  rules.set_peers(two_peers());
  CHECK_FALSE(rules.may_deliver(mail));
  rules.standing_changed(true, first_life(2), noon);
  rules.tick(noon, true);
  CHECK_FALSE(rules.serving());
  SECTION("by all who can be reached") {
    rules.receive(ann, all_told{first_life(2)}, true, noon);
    rules.receive(bob, all_told{first_life(1)}, true, noon); // to an earlier life
    rules.tick(noon + 1s, true);
    CHECK_FALSE(rules.serving());
    rules.receive(bob, all_told{first_life(2)}, true, noon + 1s);
    rules.tick(noon + 1s, true);
    CHECK(rules.may_deliver(mail));
  }
  SECTION("or by the majority, once the others had their time") {
    rules.receive(ann, all_told{first_life(2)}, true, noon);
    rules.tick(noon + 9s, true);
    CHECK_FALSE(rules.serving());
    rules.tick(noon + 10s, true);
    CHECK(rules.may_deliver(mail));
  }
  SECTION("never by too few") {
    rules.tick(noon + 1h, true);
    CHECK_FALSE(rules.serving());
  }
}

TEST_CASE("shadow: a message that moves is here until it is there", "[policy][cluster]") {
  desk d;
  d.rules.set_peers({});
  d.rules.keep(mail, 10, noon);
  d.rules.kept_here(mail, noon);
  d.rules.set_peers(two_peers());
  d.all();
  REQUIRE(d.rules.move(mail, ann, 10, 2, noon));
  CHECK_FALSE(d.rules.may_deliver(mail));
  const auto asked = sent<take_message>(d.all());
  REQUIRE(asked.size() == 1);
  const auto& what = asked.front().second;
  CHECK(what.row.hops == 1);
  SECTION("taken, it is a copy here") {
    d.rules.receive(ann, message_taken{what.attempt, mail, what.row.by}, true, noon);
    const auto all = d.all();
    CHECK(only<demote_message>(all).size() == 1);
    CHECK(d.rules.find(mail)->state == custody_state::held);
  }
  SECTION("declined, it is delivered here") {
    d.rules.receive(ann, message_declined{what.attempt, mail}, true, noon);
    CHECK(d.rules.may_deliver(mail));
  }
  SECTION("if the peer is lost, it is ours by a greater claim than the peer may have") {
    auto peers = two_peers();
    peers[0].lost = true;
    d.rules.set_peers(peers);
    d.rules.peer_lost(ann, noon + 1s);
    CHECK(d.rules.find(mail)->term > what.row.by.term);
    d.rules.tick(noon + 3s, true);
    CHECK(d.rules.may_deliver(mail));
  }
  SECTION("and never more often than it may") {
    CHECK_FALSE(d.rules.move(mail, bob, 10, 2, noon));
    d.rules.receive(ann, message_declined{what.attempt, mail}, true, noon);
    CHECK_FALSE(d.rules.move(mail, bob, 10, 0, noon));
  }
}

TEST_CASE("shadow: released heard twice drops nothing that came since", "[policy][cluster]") {
  desk d;
  hold_for_ann(d);
  const peer_notice released{7, mail, notice_kind::released, {0, ann}};
  d.rules.receive(ann, notices{{released}}, true, noon);
  CHECK(only<drop_custody>(d.all()).size() == 1);
  hold_for_ann(d);
  d.rules.receive(ann, notices{{released}}, true, noon);
  CHECK(only<drop_custody>(d.all()).empty());
}

TEST_CASE("outbox: more notices than its window are read from disk again", "[policy][cluster]") {
  outbox box{{.batch_max = 2, .window_max = 3}, 100};
  std::vector<peer_notice> disk;
  for (std::int64_t i = 1; i <= 5; ++i)
    disk.push_back(box.add({.id = {i}}, noon));
  CHECK(box.in_memory() == 3);
  CHECK(disk.back().sequence == 105);
  CHECK(box.due(noon + 1s).size() == 2);
  CHECK(box.answer(102, noon));
  CHECK_FALSE(box.load());
  CHECK(box.answer(103, noon));
  CHECK(box.load() == 103);
  CHECK_FALSE(box.load());
  box.loaded_all();
  box.restore(disk[3], noon);
  box.restore(disk[4], noon);
  CHECK_FALSE(box.through(105));
  CHECK(box.answer(105, noon));
  CHECK(box.through(105));
  CHECK(box.empty());
}
