#include "actors/policy/pool_view.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::policy;
using namespace std::chrono_literals;

TEST_CASE("pool view: the parts of a pool add up, and one that is ill makes the whole so", "[policy]") {
  pool_numbers sum;
  pool_numbers part;
  part.workers = 1;
  part.busy = 1;
  part.buffered = 3;
  part.by_class[2] = 3;
  part.jobs.submitted = 5;
  part.jobs.by_outcome[static_cast<std::size_t>(job_outcome::failed)] = 2;
  part.runs.add(10ms);
  part.runs.add(30ms);
  add(sum, part);
  CHECK(sum.health.is_well());
  part.runs = {};
  part.runs.add(5ms);
  part.health.no_worker = true;
  add(sum, part);
  CHECK(sum.workers == 2);
  CHECK(sum.busy == 2);
  CHECK(sum.buffered == 6);
  CHECK(sum.by_class[2] == 6);
  CHECK(sum.jobs.submitted == 10);
  CHECK(sum.jobs[job_outcome::failed] == 4);
  CHECK(sum.runs.count == 3);
  CHECK(sum.runs.least == 5ms);
  CHECK(sum.runs.mean() == 15ms);
  CHECK(sum.runs.most == 30ms);
  CHECK_FALSE(sum.health.is_well());
  add(sum, {});
  CHECK(sum.runs.least == 5ms); // whoever did nothing has no shortest time
}
