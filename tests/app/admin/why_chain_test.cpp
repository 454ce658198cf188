#include "app/admin/why_chain.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::app;

namespace {

const wall_time noon{std::chrono::seconds{1'800'000'000}};

queued_message letter(recipient_state state, wall_time due = {}, std::string last_reply = {}) {
  queued_message mail;
  mail.received = noon - 10min;
  auto& who = mail.recipients.emplace_back();
  who.to.address = {"bob", "example.org"};
  who.state = state;
  who.due = due;
  who.last_reply = std::move(last_reply);
  who.last_attempt = who.last_reply.empty() ? wall_time{} : noon - 1min;
  return mail;
}

actors::message_place at(std::string where, milliseconds leased_for = 0ms) {
  actors::message_place place;
  place.where = std::move(where);
  place.destinations = {"smtp:relay.test:25"};
  place.leased_for = leased_for;
  return place;
}

actors::route_view route(std::size_t ready, std::size_t sessions) {
  actors::route_view view;
  view.name = "smtp:relay.test:25";
  view.state = "open";
  view.ready = ready;
  view.sessions = sessions;
  view.window = 2;
  return view;
}

std::string held_by(const why_facts& facts) {
  const auto chain = walk(facts);
  const auto* link = holder(chain);
  return link == nullptr ? "" : link->link;
}

} // namespace

TEST_CASE("why: a message on its way is held up by nobody", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  CHECK(held_by({.mail = mail, .place = at("leased", 100ms), .routes = {route(0, 1)}, .now = noon}).empty());
}

TEST_CASE("why: the operator who holds it stands before all else", "[admin]") {
  auto mail = letter(recipient_state::held);
  mail.hold_reason = "looks odd";
  const why_facts facts{.mail = mail, .place = at("scheduled"), .now = noon};
  CHECK(held_by(facts) == "operator");
  const auto chain = walk(facts);
  CHECK(holder(chain)->words.find("looks odd") != std::string::npos);
}

TEST_CASE("why: who waits for the next attempt learns for how long and what was said", "[admin]") {
  const auto mail = letter(recipient_state::queued, noon + 3min, "450 4.2.1 busy (mx.relay.test)");
  const why_facts facts{.mail = mail, .place = at("scheduled"), .now = noon};
  CHECK(held_by(facts) == "peer");
  const auto chain = walk(facts);
  CHECK(std::any_of(chain.begin(), chain.end(), [](const auto& each) { return each.lasts == 180s; }));
  CHECK(holder(chain)->words.find("450 4.2.1 busy") != std::string::npos);
}

TEST_CASE("why: a silent DNS is told from a peer", "[admin]") {
  const auto mail = letter(recipient_state::queued, noon + 3min, "451 4.4.3 DNS: timed out");
  CHECK(held_by({.mail = mail, .place = at("scheduled"), .now = noon}) == "dns");
}

TEST_CASE("why: a route whose sessions are all at work is a limit", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  CHECK(held_by({.mail = mail, .place = at("leased", 100ms), .routes = {route(7, 2)}, .now = noon}) == "limit");
  CHECK(held_by({.mail = mail, .place = at("parked"), .now = noon}) == "limit");
}

TEST_CASE("why: a node with as many sessions as it may have is a limit", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  auto waiting = route(7, 1);
  waiting.places_asked = 1;
  const why_facts facts{.mail = mail, .place = at("leased", 100ms), .routes = {waiting}, .now = noon};
  const auto chain = walk(facts);
  REQUIRE(holder(chain) != nullptr);
  CHECK(holder(chain)->name == "pool delivery");
}

TEST_CASE("why: a shard without room in memory, or that has given out as much as it may, is a limit", "[admin]") {
  CHECK(held_by({.mail = letter(recipient_state::queued, noon - 3s), .place = at("scheduled"), .now = noon}) == "limit");
  CHECK(held_by({.mail = letter(recipient_state::queued, noon - 1s), .place = at("scheduled"), .now = noon}).empty());
  const auto mail = letter(recipient_state::queued);
  CHECK(held_by({.mail = mail, .place = at("waiting"), .routes = {route(7, 1)}, .now = noon}) == "limit");
  CHECK(held_by({.mail = mail, .place = at("waiting"), .now = noon}) == "shard");
}

TEST_CASE("why: a DNS or a disk that is left alone is named by its breaker", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  const auto name = [](const why_facts& facts) {
    const auto chain = walk(facts);
    const auto* link = holder(chain);
    return link == nullptr ? "" : link->name;
  };
  policy::breaker_view open;
  open.state = policy::breaker_state::open;
  open.last_reason = "no answer in time";
  CHECK(name({.mail = mail, .place = at("waiting"), .dns = open, .now = noon}) == "dns");
  CHECK(name({.mail = mail, .place = at("settling"), .store = open, .now = noon}) == "store/0");
  CHECK(name({.mail = mail, .place = at("leased", 100ms), .routes = {route(0, 1)}, .dns = open, .store = open, .now = noon})
        .empty());
}

TEST_CASE("why: a peer that takes its time is named", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  CHECK(held_by({.mail = mail, .place = at("leased", 30s), .routes = {route(0, 1)}, .now = noon}) == "peer");
}

TEST_CASE("why: whoever does not answer is named, and the rest is told", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  CHECK(held_by({.mail = mail, .shard = 3, .shard_silence = "no answer in time", .now = noon}) == "shard");
  const why_facts facts{.mail = mail, .place = at("leased"), .silent = {"no answer in time"}, .now = noon};
  CHECK(held_by(facts) == "route");
}

TEST_CASE("why: a host that does not answer is rested", "[admin]") {
  const auto mail = letter(recipient_state::queued, noon + 3min, "connection refused");
  auto resting = route(0, 0);
  resting.state = "resting";
  resting.rests_for = 20s;
  resting.breaker.state = policy::breaker_state::open;
  resting.breaker.last_reason = "connection refused";
  const why_facts facts{.mail = mail, .place = at("scheduled"), .routes = {resting}, .now = noon};
  CHECK(held_by(facts) == "breaker");
  const auto chain = walk(facts);
  CHECK(holder(chain)->lasts == 20s);
}

TEST_CASE("why: a suspended route is its operator's doing, whatever its breaker says", "[admin]") {
  const auto mail = letter(recipient_state::queued);
  auto suspended = route(3, 0);
  suspended.state = "suspended";
  suspended.suspended_for = 600s;
  suspended.breaker.state = policy::breaker_state::open;
  const why_facts facts{.mail = mail, .place = at("leased"), .routes = {suspended}, .now = noon};
  CHECK(held_by(facts) == "operator");
}
