#include "actors/census.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace troupe::actors;

namespace {

troupe::ip_address at(const char* text) { return *troupe::parse_ip_address(text); }

} // namespace

TEST_CASE("census: above the limit in all nobody comes in, from wherever", "[actors]") {
  census all{{2, 10}};
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.2")) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.3")) == census_answer::too_many);
  CHECK(all.present() == 2);
  all.leave(at("192.0.2.1"));
  CHECK(all.present() == 1);
  CHECK(all.enter(at("192.0.2.3")) == census_answer::counted);
}

TEST_CASE("census: one address at its limit keeps no other out", "[actors]") {
  census all{{10, 2}};
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.1")) == census_answer::too_many_from_there);
  CHECK(all.enter(at("2001:db8::1")) == census_answer::counted);
  CHECK(all.present() == 3);
  all.leave(at("2001:db8::1")); // frees no place of another's
  CHECK(all.enter(at("192.0.2.1")) == census_answer::too_many_from_there);
  all.leave(at("192.0.2.1"));
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
}

TEST_CASE("census: all addresses of an IPv6 /64 are one peer", "[actors]") {
  census all{{10, 2}};
  CHECK(all.enter(at("2001:db8:0:1::1")) == census_answer::counted);
  CHECK(all.enter(at("2001:db8:0:1:ffff::2")) == census_answer::counted);
  CHECK(all.enter(at("2001:db8:0:1::3")) == census_answer::too_many_from_there);
  CHECK(all.enter(at("2001:db8:0:2::1")) == census_answer::counted);
  all.leave(at("2001:db8:0:1::9")); // any of them gives the place back
  CHECK(all.enter(at("2001:db8:0:1::3")) == census_answer::counted);
  CHECK(all.present() == 3);
}

TEST_CASE("census: a peer on a local socket counts in all only", "[actors]") {
  census all{{3, 1}};
  CHECK(all.enter({}) == census_answer::counted);
  CHECK(all.enter({}) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  CHECK(all.enter({}) == census_answer::too_many);
  all.leave({});
  CHECK(all.present() == 2);
}

TEST_CASE("census: who never came in leaves without a trace", "[actors]") {
  census all{{1, 1}};
  all.leave(at("192.0.2.1"));
  CHECK(all.present() == 0);
  REQUIRE(all.enter(at("192.0.2.1")) == census_answer::counted);
  all.leave(at("192.0.2.2"));
  CHECK(all.present() == 1);
  all.leave(at("192.0.2.1"));
  all.leave(at("192.0.2.1")); // once too often
  CHECK(all.present() == 0);
  CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  CHECK(all.enter(at("192.0.2.1")) == census_answer::too_many);
}

TEST_CASE("census: new limits hold from the next one on, and send nobody away", "[actors]") {
  census all{{10, 10}};
  for (int i = 0; i < 3; ++i)
    REQUIRE(all.enter(at("192.0.2.1")) == census_answer::counted);
  SECTION("fewer in all") {
    all.set_limits({2, 10});
    CHECK(all.present() == 3);
    CHECK(all.enter(at("192.0.2.2")) == census_answer::too_many);
    all.leave(at("192.0.2.1"));
    CHECK(all.enter(at("192.0.2.2")) == census_answer::too_many);
    all.leave(at("192.0.2.1"));
    CHECK(all.enter(at("192.0.2.2")) == census_answer::counted);
  }
  SECTION("fewer from each address") {
    all.set_limits({10, 2});
    CHECK(all.enter(at("192.0.2.1")) == census_answer::too_many_from_there);
    CHECK(all.enter(at("192.0.2.2")) == census_answer::counted);
  }
  SECTION("more") {
    all.set_limits({3, 10});
    CHECK(all.enter(at("192.0.2.1")) == census_answer::too_many);
    all.set_limits({4, 10});
    CHECK(all.enter(at("192.0.2.1")) == census_answer::counted);
  }
}

TEST_CASE("census: threads that share it never pass its limit together", "[actors]") {
  constexpr std::size_t limit = 100;
  census all{{limit, limit}};
  std::vector<std::size_t> counted(4);
  std::vector<std::thread> doors;
  for (auto& mine : counted)
    doors.emplace_back([&all, &mine] {
      for (std::size_t i = 0; i < limit; ++i)
        mine += all.enter(at("192.0.2.1")) == census_answer::counted;
    });
  for (auto& each : doors)
    each.join();
  CHECK(counted[0] + counted[1] + counted[2] + counted[3] == limit);
  CHECK(all.present() == limit);
}
