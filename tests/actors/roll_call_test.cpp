#include "actors/roll_call.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace troupe;
using namespace troupe::actors;

namespace {

constexpr steady_time no_time{}; // a deadline that has passed

} // namespace

TEST_CASE("roll call: nobody is left once all names of the prefix went", "[actors]") {
  roll_call roll;
  CHECK(roll.wait_gone("", no_time));
  roll.came("/inbound/listener/0");
  roll.came("/inbound/listener/1");
  roll.came("/queue/shard/0");
  CHECK_FALSE(roll.wait_gone("/inbound/", no_time));
  CHECK(roll.wait_gone("/outbound/", no_time));
  roll.went("/inbound/listener/1");
  CHECK_FALSE(roll.wait_gone("/inbound/", no_time));
  roll.went("/inbound/listener/0");
  CHECK(roll.wait_gone("/inbound/", no_time));
  CHECK_FALSE(roll.wait_gone("/queue/shard/0", no_time));
  CHECK_FALSE(roll.wait_gone("", no_time));
  roll.went("/queue/shard/0");
  CHECK(roll.wait_gone("", no_time));
}

TEST_CASE("roll call: who came twice has to go twice", "[actors]") {
  roll_call roll;
  roll.came("/clerk");
  roll.came("/clerk");
  roll.went("/clerk");
  CHECK_FALSE(roll.wait_gone("/clerk", no_time));
  roll.went("/clerk");
  CHECK(roll.wait_gone("/clerk", no_time));
}

TEST_CASE("roll call: the first reason why the house fell is the one that is told", "[actors]") {
  roll_call roll;
  CHECK(roll.why_fell().empty());
  roll.fell("/b: a bug");
  roll.fell("/c: another");
  CHECK(roll.why_fell() == "/b: a bug");
}

TEST_CASE("roll call: the last to go ends a wait long before its deadline", "[actors]") {
  roll_call roll;
  roll.came("/clerk");
  std::thread clerk([&] { roll.went("/clerk"); });
  CHECK(roll.wait_gone("/clerk", steady_now() + seconds{60}));
  clerk.join();
}
