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
        == std::vector<std::string>{"shard 2: set aside: foreign", "storage breaker open: shard 1"});
}

TEST_CASE("readiness: red when no shard takes mail, with every reason", "[admin]") {
  const auto verdict = judge(false, {},
                             {{0, true, false, false, true}, {1, false}, {2, true, false, false}});
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.reasons
        == std::vector<std::string>{"queue at its limit: shard 0",
                                    "no live worker: the store of shard 1 does not answer",
                                    "disk low: shard 2"});
  CHECK(judge(false, {}, {}).reasons
        == std::vector<std::string>{"no live worker: no shard of the queue is open"});
}

TEST_CASE("readiness: red while it drains, however well it is", "[admin]") {
  const auto verdict = judge(true, {}, {{0, true, false, true}});
  CHECK_FALSE(verdict.ready);
  CHECK(verdict.reasons == std::vector<std::string>{"draining"});
}
