#include "actors/policy/login_limits.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

namespace {

const ip_address home = *parse_ip_address("192.0.2.1");
const ip_address away = *parse_ip_address("198.51.100.7");
const steady_time start{1000h};

/// One attempt after the other, each as soon as it may; the waits before each.
std::vector<long> waits(login_limits& limits, const ip_address& from, const std::string& name, int count, login_end how,
                        steady_time& now) {
  std::vector<long> all;
  for (int i = 0; i < count; ++i) {
    const auto turn = limits.arrive(from, name, now);
    REQUIRE(turn.granted);
    all.push_back(static_cast<long>((turn.at - now) / 1s));
    now = turn.at;
    limits.ended(from, name, how, now);
  }
  return all;
}

} // namespace

TEST_CASE("login limits: failures make the next attempt wait, longer each time up to the cap", "[policy]") {
  login_limits limits;
  auto now = start;
  CHECK(waits(limits, home, "ann", 12, login_end::bad, now) == std::vector<long>{0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30});
}

TEST_CASE("login limits: good logins never wait, however many", "[policy]") {
  login_limits limits;
  auto now = start;
  CHECK(waits(limits, home, "ann", 50, login_end::good, now) == std::vector<long>(50, 0));
}

TEST_CASE("login limits: who tries many names from one address waits too", "[policy]") {
  login_limits limits;
  auto now = start;
  long longest = 0;
  for (int i = 0; i < 20; ++i)
    longest = std::max(longest, waits(limits, home, "user" + std::to_string(i), 1, login_end::bad, now).front());
  CHECK(longest == 30);
  CHECK(waits(limits, away, "ann", 1, login_end::bad, now) == std::vector<long>{0});
}

TEST_CASE("login limits: guesses at the same time wait for one another, and the last ones are turned away", "[policy]") {
  login_limits limits;
  unsigned granted = 0;
  unsigned at_once = 0;
  for (int i = 0; i < 100; ++i) {
    const auto turn = limits.arrive(home, "ann", start);
    granted += turn.granted ? 1 : 0;
    at_once += turn.granted && turn.at == start ? 1 : 0;
  }
  CHECK(at_once == 4);
  CHECK(granted < 12);
}

TEST_CASE("login limits: whoever logged in from a network is not held up by others", "[policy]") {
  login_limits limits;
  auto now = start;
  static_cast<void>(waits(limits, home, "ann", 1, login_end::good, now));
  auto then = now;
  static_cast<void>(waits(limits, away, "ann", 8, login_end::bad, then));
  CHECK(limits.arrive(home, "ann", now).at == now);
}

TEST_CASE("login limits: a good account buys no guesses at another", "[policy]") {
  login_limits limits;
  auto now = start;
  long longest = 0;
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(waits(limits, home, "mine", 1, login_end::good, now));
    longest = std::max(longest, waits(limits, home, "u" + std::to_string(i), 1, login_end::bad, now).front());
  }
  CHECK(longest >= 16);
}

TEST_CASE("login limits: an IPv6 /64 is one network", "[policy]") {
  login_limits limits;
  auto now = start;
  for (int i = 1; i <= 15; ++i)
    static_cast<void>(waits(limits, *parse_ip_address("2001:db8::" + std::to_string(i)), "u" + std::to_string(i), 1, login_end::bad, now));
  CHECK(limits.arrive(*parse_ip_address("2001:db8::ffff"), "x", now).at > now);
  CHECK(limits.arrive(*parse_ip_address("2001:db8:0:1::1"), "y", now).at == now);
}

TEST_CASE("login limits: what failed is forgotten after a while", "[policy]") {
  login_limits limits;
  auto now = start;
  static_cast<void>(waits(limits, home, "ann", 12, login_end::bad, now));
  now += 16min;
  CHECK(waits(limits, home, "ann", 1, login_end::bad, now) == std::vector<long>{0});
}

TEST_CASE("login limits: an attempt that says nothing leaves nothing", "[policy]") {
  login_limits limits;
  auto now = start;
  CHECK(waits(limits, home, "ann", 30, login_end::unknown, now) == std::vector<long>(30, 0));
}

TEST_CASE("login limits: the memory is bounded, whoever comes", "[policy]") {
  login_limit_options options;
  options.entries_max = 10;
  login_limits limits{options};
  for (int i = 0; i < 1000; ++i) {
    const auto from = *parse_ip_address("10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250));
    static_cast<void>(limits.arrive(from, "u" + std::to_string(i), start));
    limits.ended(from, "u" + std::to_string(i), login_end::good, start);
  }
  CHECK(limits.entries() == 30);
}
