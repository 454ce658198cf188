#include "actors/policy/retry.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace troupe;
using namespace std::chrono_literals;
using policy::next_retry;
using policy::retry_options;

TEST_CASE("retry: waits follow the schedule, the last repeats, then mail is given up", "[policy]") {
  const auto [attempts, age, wait] = GENERATE(table<unsigned, seconds, std::optional<seconds>>({
    {0, 0s, 1min},
    {1, 0s, 1min},
    {2, 1min, 5min},
    {6, 5h, 6h},
    {7, 11h, 6h},
    {4'000'000'000u, 30h, 6h},
    {20, 120h - 1s, 1s},
    {20, 118h, 2h},
    {1, 120h, std::nullopt},
    {1, 1'000'000h, std::nullopt},
    {1, -5h, 1min},
  }));
  CAPTURE(attempts, age.count());
  CHECK(next_retry({}, attempts, age, 0.5) == wait);
}

TEST_CASE("retry: dice move a wait by the jitter, either way, never below a second", "[policy]") {
  CHECK(next_retry({}, 4, 0s, 0.0) == 54min);
  CHECK(next_retry({}, 4, 0s, 0.5) == 60min);
  CHECK(*next_retry({}, 4, 0s, 0.999999) > 65min);
  retry_options wild;
  wild.schedule = {1s};
  wild.jitter = 1.0;
  CHECK(next_retry(wild, 1, 0s, 0.0) == 1s);
}

TEST_CASE("retry: the last attempt is at the time of expiry", "[policy]") {
  retry_options options;
  options.schedule = {6h};
  options.expire = 10h;
  CHECK(next_retry(options, 1, 0s, 0.5) == 6h);
  CHECK(next_retry(options, 2, 6h, 0.5) == 4h);
  CHECK(next_retry(options, 3, 10h, 0.5) == std::nullopt);
}

TEST_CASE("retry: mail that may not wait is given up at once", "[policy]") {
  retry_options options;
  options.expire = 0s;
  CHECK(check(options).ok());
  CHECK(next_retry(options, 1, 0s, 0.5) == std::nullopt);
}

TEST_CASE("retry: the delay notice is due at its age and never when switched off", "[policy]") {
  CHECK_FALSE(policy::warn_due({}, 4h - 1s));
  CHECK(policy::warn_due({}, 4h));
  retry_options silent;
  silent.warn = 0s;
  CHECK_FALSE(policy::warn_due(silent, 1000h));
}

TEST_CASE("retry: what only waits is looked at when it is late, and when it expires", "[policy]") {
  constexpr wall_time noon{1'800'000'000'000ms};
  CHECK(policy::look_again_at({}, noon, noon) == noon + 4h);
  CHECK(policy::look_again_at({}, noon, noon + 4h) == noon + 120h);
  CHECK(policy::look_again_at({}, noon, noon + 120h) == noon + 120h + 300s);
  retry_options silent;
  silent.warn = 0s;
  CHECK(policy::look_again_at(silent, noon, noon) == noon + 120h);
  retry_options short_lived;
  short_lived.expire = 1h;
  CHECK(policy::look_again_at(short_lived, noon, noon) == noon + 1h);
}

TEST_CASE("retry: options that can't work are refused", "[policy]") {
  retry_options options;
  SECTION("an empty schedule") {
    options.schedule.clear();
  }
  SECTION("no wait at all") {
    options.schedule = {0s};
  }
  SECTION("a wait of a year") {
    options.schedule = {8760h};
  }
  SECTION("a jitter above one") {
    options.jitter = 1.1;
  }
  SECTION("a jitter that is no number") {
    options.jitter = std::numeric_limits<double>::quiet_NaN();
  }
  SECTION("a negative age") {
    options.expire = -1s;
  }
  CHECK(check(options).error().code == errc::limit_exceeded);
}
