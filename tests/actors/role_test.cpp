#include "actors/role.hpp"

#include <catch2/catch.hpp>

#include <memory>

using troupe::actors::make_role;
using player = std::shared_ptr<int>;

TEST_CASE("role: whoever keeps it reaches the player of the moment", "[actors]") {
  const auto part = make_role<player>();
  CHECK(part->now() == nullptr);
  part->cast(std::make_shared<int>(1));
  const auto kept_elsewhere = part;
  CHECK(*kept_elsewhere->now() == 1);
  part->cast(std::make_shared<int>(2));
  CHECK(*kept_elsewhere->now() == 2);
}

TEST_CASE("role: it holds its player, and lets go of the one before", "[actors]") {
  const auto first = std::make_shared<int>(1);
  const auto part = make_role<player>(first);
  CHECK(first.use_count() == 2);
  part->cast(std::make_shared<int>(2));
  CHECK(first.use_count() == 1);
  const std::weak_ptr<int> second = part->now();
  part->vacate();
  CHECK(second.expired());
  CHECK(part->now() == nullptr);
}
