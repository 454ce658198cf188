#include "actors/policy/rate_limit.hpp"

#include <catch2/catch.hpp>

#include <deque>

using namespace troupe;
using namespace std::chrono_literals;
using policy::parse_rate;
using policy::rate;
using policy::rate_limit;

TEST_CASE("rate: count and period are read", "[policy]") {
  CHECK(*parse_rate("1000/1m") == rate{1000, 60s});
  CHECK(*parse_rate("1/1s") == rate{1, 1s});
  CHECK(*parse_rate("5/2h") == rate{5, 7200s});
  CHECK(*parse_rate("10000000/1d") == rate{10'000'000, 86400s});
}

TEST_CASE("rate: what is none is refused", "[policy]") {
  const auto text
    = GENERATE(as<std::string>{}, "", "/", "5", "5/", "5/m", "/1m", "0/1m", "5/0m", "-5/1m", "5/1",
               "5/1x", "5 /1m", "5/1m ", "5/1ms", "99999999999999999999/1m", "10000001/1m", "5/2d",
               "5/18446744073709551615h");
  CAPTURE(text);
  CHECK_FALSE(parse_rate(text).ok());
}

TEST_CASE("rate limit: no window sees more than 110 % of the rate, and none is starved",
          "[policy]") {
  const auto limit = GENERATE(rate{1, 1s}, rate{5, 1s}, rate{100, 10s}, rate{1000, 60s});
  rate_limit bucket{limit};
  const steady_time start{1h};
  auto now = start;
  std::deque<steady_time> window;
  std::size_t most = 0;
  for (std::uint32_t i = 0; i < 3 * limit.count; ++i) {
    now = bucket.next_start(now);
    bucket.started(now);
    window.push_back(now);
    while (window.front() <= now - limit.per)
      window.pop_front();
    most = std::max(most, window.size());
  }
  CAPTURE(limit.count);
  CHECK(most <= std::max<std::size_t>(limit.count + limit.count / 10, 1));
  CHECK(now - start <= 3 * limit.per);
}

TEST_CASE("rate limit: a long pause earns no more than the burst", "[policy]") {
  rate_limit bucket{rate{100, 100s}};
  steady_time now{1000h};
  for (int i = 0; i < 10; ++i) {
    CHECK(bucket.next_start(now) == now);
    bucket.started(now);
  }
  CHECK(bucket.next_start(now) == now + 1s);
}
