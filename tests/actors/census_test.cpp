#include "actors/census.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace troupe::actors;

TEST_CASE("census: above the limit in all nobody comes in, from wherever", "[actors]") {
  census all{{2, 10}};
  CHECK(all.enter("192.0.2.1") == census_answer::counted);
  CHECK(all.enter("192.0.2.2") == census_answer::counted);
  CHECK(all.enter("192.0.2.3") == census_answer::too_many);
  CHECK(all.present() == 2);
  all.leave("192.0.2.1");
  CHECK(all.present() == 1);
  CHECK(all.enter("192.0.2.3") == census_answer::counted);
}

TEST_CASE("census: one address at its limit keeps no other out", "[actors]") {
  census all{{10, 2}};
  CHECK(all.enter("192.0.2.1") == census_answer::counted);
  CHECK(all.enter("192.0.2.1") == census_answer::counted);
  CHECK(all.enter("192.0.2.1") == census_answer::too_many_from_there);
  CHECK(all.enter("2001:db8::1") == census_answer::counted);
  CHECK(all.present() == 3);
  all.leave("2001:db8::1"); // frees no place of another's
  CHECK(all.enter("192.0.2.1") == census_answer::too_many_from_there);
  all.leave("192.0.2.1");
  CHECK(all.enter("192.0.2.1") == census_answer::counted);
}

TEST_CASE("census: who never came in leaves without a trace", "[actors]") {
  census all{{1, 1}};
  all.leave("192.0.2.1");
  CHECK(all.present() == 0);
  REQUIRE(all.enter("192.0.2.1") == census_answer::counted);
  all.leave("192.0.2.2");
  CHECK(all.present() == 1);
  all.leave("192.0.2.1");
  all.leave("192.0.2.1"); // once too often
  CHECK(all.present() == 0);
  CHECK(all.enter("192.0.2.1") == census_answer::counted);
  CHECK(all.enter("192.0.2.1") == census_answer::too_many);
}

TEST_CASE("census: new limits hold from the next one on, and send nobody away", "[actors]") {
  census all{{10, 10}};
  for (int i = 0; i < 3; ++i)
    REQUIRE(all.enter("192.0.2.1") == census_answer::counted);
  SECTION("fewer in all") {
    all.set_limits({2, 10});
    CHECK(all.present() == 3);
    CHECK(all.enter("192.0.2.2") == census_answer::too_many);
    all.leave("192.0.2.1");
    CHECK(all.enter("192.0.2.2") == census_answer::too_many);
    all.leave("192.0.2.1");
    CHECK(all.enter("192.0.2.2") == census_answer::counted);
  }
  SECTION("fewer from each address") {
    all.set_limits({10, 2});
    CHECK(all.enter("192.0.2.1") == census_answer::too_many_from_there);
    CHECK(all.enter("192.0.2.2") == census_answer::counted);
  }
  SECTION("more") {
    all.set_limits({3, 10});
    CHECK(all.enter("192.0.2.1") == census_answer::too_many);
    all.set_limits({4, 10});
    CHECK(all.enter("192.0.2.1") == census_answer::counted);
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
        mine += all.enter("192.0.2.1") == census_answer::counted;
    });
  for (auto& each : doors)
    each.join();
  CHECK(counted[0] + counted[1] + counted[2] + counted[3] == limit);
  CHECK(all.present() == limit);
}
