#include "actors/body_budget.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace troupe::actors;

TEST_CASE("body budget: a share counts what is above the free part, and gives it back", "[actors]") {
  const auto all = std::make_shared<body_budget>(1000);
  {
    body_share mine{all};
    CHECK(mine.hold(body_free_bytes));
    CHECK(all->taken() == 0);
    CHECK(mine.hold(body_free_bytes + 600));
    CHECK(all->taken() == 600);
    CHECK(mine.hold(body_free_bytes + 100));
    CHECK(all->taken() == 100);
  }
  CHECK(all->taken() == 0);
}

TEST_CASE("body budget: above it a share keeps what it had", "[actors]") {
  const auto all = std::make_shared<body_budget>(1000);
  body_share mine{all};
  body_share other{all};
  REQUIRE(mine.hold(body_free_bytes + 700));
  CHECK_FALSE(other.hold(body_free_bytes + 301));
  CHECK(all->taken() == 700);
  CHECK(other.hold(body_free_bytes + 300));
  CHECK(all->is_spent());
  SECTION("it shrinks under what is taken") {
    all->set_bytes_max(10);
    CHECK_FALSE(other.hold(body_free_bytes + 301));
    CHECK(other.hold(body_free_bytes));
    CHECK(all->taken() == 700);
  }
}

TEST_CASE("body budget: threads never take more than there is together", "[actors]") {
  body_budget all{1000};
  std::vector<unsigned> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got)
    threads.emplace_back([&all, &mine] {
      for (int i = 0; i < 1000; ++i)
        mine += all.take(3) ? 3 : 0;
    });
  for (auto& each : threads)
    each.join();
  CHECK(got[0] + got[1] + got[2] + got[3] == 999);
  CHECK(all.taken() == 999);
}
