#include "app/admin/rate_history.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe::app;

namespace {

const troupe::steady_time start{1h};
const troupe::wall_time dawn{1000h};

} // namespace

TEST_CASE("rate history: each step says what happened a second since the one before", "[admin]") {
  rate_history history;
  history.sample(start, dawn, {100, 90, 5, 1}, 7);
  CHECK(history.later({}).empty()); // nothing to measure it by
  history.sample(start + 2s, dawn + 2s, {120, 96, 5, 2}, 9);
  history.sample(start + 6s, dawn + 6s, {120, 136, 6, 2}, std::nullopt);
  const auto all = history.later({});
  REQUIRE(all.size() == 2);
  CHECK(all[0].received == Approx(10));
  CHECK(all[0].delivered == Approx(3));
  CHECK(all[0].deferred == Approx(0));
  CHECK(all[0].bounced == Approx(0.5));
  CHECK(all[0].queue == 9);
  CHECK(all[1].received == Approx(0));
  CHECK(all[1].delivered == Approx(10));
  CHECK_FALSE(all[1].queue);
}

TEST_CASE("rate history: who has seen some is told only what is later", "[admin]") {
  rate_history history;
  for (int i = 0; i < 5; ++i)
    history.sample(start + i * 2s, dawn + i * 2s, {}, 0);
  CHECK(history.later(dawn + 4s).size() == 2);
  CHECK(history.later(dawn + 8s).empty());
}

TEST_CASE("rate history: a sample is due every two seconds", "[admin]") {
  rate_history history;
  CHECK(history.is_due(start));
  history.sample(start, dawn, {}, 0);
  CHECK_FALSE(history.is_due(start + 1999ms));
  CHECK(history.is_due(start + 2s));
}

TEST_CASE("rate history: the oldest goes when ten minutes are full", "[admin]") {
  rate_history history;
  for (int i = 0; i <= 1000; ++i)
    history.sample(start + i * history_interval, dawn + i * history_interval, {}, 0);
  const auto all = history.later({});
  CHECK(all.size() == history_samples_max);
  CHECK(all.front().at == dawn + 701 * history_interval);
  CHECK(all.back().at == dawn + 1000 * history_interval);
}

TEST_CASE("rate history: a clock that stands still makes no endless rate", "[admin]") {
  rate_history history;
  history.sample(start, dawn, {}, 0);
  history.sample(start, dawn, {50, 50, 50, 50}, 0);
  CHECK(history.later({}).empty());
}
