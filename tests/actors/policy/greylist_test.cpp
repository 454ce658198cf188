#include "actors/policy/greylist.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

ip_address at(std::string_view text) { return *parse_ip_address(text); }

constexpr wall_time start{std::chrono::hours{24 * 365 * 50}};
const mailbox ann{"ann", "example.net"};
const mailbox bob{"bob", "example.org"};
const greylist_options usual{.delay = 5min, .retry_within = 24h, .keep = 48h, .known_after = 0, .entries_max = 100};

} // namespace

TEST_CASE("greylist: the first time is too soon, the second in time is welcome", "[policy]") {
  greylist list(usual, 42);
  const auto host = at("192.0.2.7");
  CHECK(list.wait_for(host, ann, bob, start) == 5min);
  CHECK(list.wait_for(host, ann, bob, start + 1min) == 4min);
  CHECK(list.wait_for(host, ann, bob, start + 5min) == 0s);
  CHECK(list.wait_for(host, ann, bob, start + 5min) == 0s);
  CHECK(list.wait_for(at("192.0.2.99"), {"ANN", "EXAMPLE.net"}, bob, start + 5min) == 0s); // its neighbour
  CHECK(list.wait_for(host, ann, {"eve", "example.org"}, start + 5min) == 5min);
  CHECK(list.wait_for(at("192.0.3.7"), ann, bob, start + 5min) == 5min);
  CHECK(list.wait_for(host, {}, bob, start + 5min) == 5min);
}

TEST_CASE("greylist: who comes too late, or not again for long, begins anew", "[policy]") {
  greylist list(usual, 42);
  const auto host = at("192.0.2.7");
  CHECK(list.wait_for(host, ann, bob, start) == 5min);
  CHECK(list.wait_for(host, ann, bob, start + 25h) == 5min);
  CHECK(list.wait_for(host, ann, bob, start + 25h + 5min) == 0s);
  CHECK(list.wait_for(host, ann, bob, start + 60h) == 0s); // seen: kept 48 h from here
  CHECK(list.wait_for(host, ann, bob, start + 107h) == 0s);
  CHECK(list.wait_for(host, ann, bob, start + 156h) == 5min);
}

TEST_CASE("greylist: a network that came again often enough is known", "[policy]") {
  auto options = usual;
  options.known_after = 2;
  greylist list(options, 42);
  const auto host = at("2001:db8::7");
  for (const auto* who : {"one", "two"}) {
    CHECK(list.wait_for(host, ann, {who, "example.org"}, start) == 5min);
    CHECK(list.wait_for(host, ann, {who, "example.org"}, start + 5min) == 0s);
  }
  CHECK(list.wait_for(host, ann, {"three", "example.org"}, start + 5min) == 0s);
  CHECK(list.wait_for(at("2001:db8:9::7"), ann, {"three", "example.org"}, start + 5min) == 5min);
}

TEST_CASE("greylist: it holds so many and forgets the oldest", "[policy]") {
  auto options = usual;
  options.entries_max = 3;
  greylist list(options, 42);
  const auto host = at("192.0.2.7");
  for (const auto* who : {"a", "b", "c", "d"})
    CHECK(list.wait_for(host, ann, {who, "x.test"}, start) == 5min);
  CHECK(list.size() == 3);
  CHECK(list.wait_for(host, ann, {"a", "x.test"}, start + 5min) == 5min);
  CHECK(list.wait_for(host, ann, {"d", "x.test"}, start + 5min) == 0s);
}

TEST_CASE("greylist: a restart forgets nobody, and no line of a file is trusted", "[policy]") {
  greylist before(usual, 42);
  const auto host = at("192.0.2.7");
  CHECK(before.wait_for(host, ann, bob, start) == 5min);
  greylist after(usual, 42);
  after.load(before.save() + "\n1\nx y z\n1 2 3\n5 9 8 0\n7 0 99999999999999999 1\n-1 0 0 0\n1 2 3 4 5\n", start + 1min);
  CHECK(after.size() == 1);
  CHECK(after.wait_for(host, ann, bob, start + 5min) == 0s);
  greylist late(usual, 42);
  late.load(before.save(), start + 25h);
  CHECK(late.size() == 0);
  greylist other(usual, 43);
  other.load(before.save(), start);
  CHECK(other.wait_for(host, ann, bob, start + 5min) == 5min); // another seed, other fingerprints
}
