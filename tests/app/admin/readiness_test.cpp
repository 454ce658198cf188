#include "app/admin/readiness.hpp"

#include <catch2/catch.hpp>

using troupe::app::judge;

TEST_CASE("readiness: one shard that takes mail is enough, and faults of others are named",
          "[admin]") {
  const auto verdict = judge(false, {"shard 2: set aside: foreign"},
                             {{0, true, false, true}, {1, true, true, false}});
  CHECK(verdict.ready);
  CHECK(verdict.reasons.empty());
  CHECK(verdict.degraded
        == std::vector<std::string>{"shard 2: set aside: foreign", "shard 1: storage broken"});
}

TEST_CASE("readiness: red when no shard takes mail, with every reason", "[admin]") {
  const auto verdict = judge(false, {}, {{0, true, false, false}, {1, false, false, false}});
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.reasons
        == std::vector<std::string>{"shard 0: queue at its limit, or disk low",
                                    "shard 1: its store does not answer"});
}

TEST_CASE("readiness: red while it drains, however well it is", "[admin]") {
  const auto verdict = judge(true, {}, {{0, true, false, true}});
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.reasons == std::vector<std::string>{"draining"});
}
