#include "actors/policy/lease_credit.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace std::chrono_literals;
using policy::lease_credit;

namespace {

constexpr steady_time noon{12h};

void answer(lease_credit& credit, int times) {
  for (int i = 0; i < times; ++i)
    credit.answered();
}

} // namespace

TEST_CASE("lease credit: whoever is not known yet gets what its sessions can hold", "[policy]") {
  const lease_credit credit;
  CHECK(credit.width(40) == 40);
  CHECK(credit.width(1'000) == 256);
}

TEST_CASE("lease credit: it grows with the answers at once, up to the most", "[policy]") {
  lease_credit credit;
  answer(credit, 40);
  CHECK(credit.width(40) == 40);
  answer(credit, 60);
  CHECK(credit.width(40) == 100);
  answer(credit, 10'000);
  CHECK(credit.width(40) == 256);
}

TEST_CASE("lease credit: who answers slowly keeps little, by halves", "[policy]") {
  lease_credit credit;
  answer(credit, 256);
  credit.tick(noon);
  CHECK(credit.width(8) == 256);
  answer(credit, 3);
  credit.tick(noon + 999ms);
  CHECK(credit.width(8) == 256);
  credit.tick(noon + 1s);
  CHECK(credit.width(8) == 128);
  for (int second = 2; second < 10; ++second) {
    answer(credit, 10);
    credit.tick(noon + seconds{second});
  }
  CHECK(credit.width(8) == 10);
  CHECK(credit.width(40) == 40);
}
