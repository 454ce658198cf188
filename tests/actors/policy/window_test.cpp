#include "actors/policy/window.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace std::chrono_literals;
using policy::concurrency_window;
using policy::window_options;

namespace {

constexpr steady_time noon{12h};

void succeed(concurrency_window& window, unsigned times) {
  for (unsigned i = 0; i < times; ++i)
    window.succeeded();
}

} // namespace

TEST_CASE("window: grows by one for each round of successes, up to the limit", "[policy]") {
  concurrency_window window{{.first = 2, .connections_max = 4}};
  CHECK(window.width(noon) == 2);
  succeed(window, 1);
  CHECK(window.width(noon) == 2);
  succeed(window, 1);
  CHECK(window.width(noon) == 3);
  succeed(window, 3);
  CHECK(window.width(noon) == 4);
  succeed(window, 1000);
  CHECK(window.width(noon) == 4);
}

TEST_CASE("window: halves once for one hiccup, however many sessions saw it", "[policy]") {
  concurrency_window window{{.first = 16, .connections_max = 20}};
  for (int i = 0; i < 16; ++i)
    window.faltered(noon);
  CHECK(window.width(noon) == 8);
  window.faltered(noon);
  CHECK(window.width(noon) == 4);
}

TEST_CASE("window: never falls below one while the host lives", "[policy]") {
  concurrency_window window{{}};
  for (int i = 0; i < 100; ++i)
    window.faltered(noon);
  CHECK(window.width(noon) == 1);
}

TEST_CASE("window: a dead host gets nothing, then one probe, with growing waits", "[policy]") {
  concurrency_window window{{}};
  window.died(noon);
  CHECK(window.is_dead());
  CHECK(window.width(noon + 30s - 1ns) == 0);
  CHECK(window.width(noon + 30s) == 1);
  SECTION("failures of other sessions at the same death change nothing") {
    window.died(noon + 1s);
    window.faltered(noon + 1s);
    CHECK(window.probe_at() == noon + 30s);
  }
  SECTION("a failed probe doubles the wait up to the longest") {
    auto now = noon;
    for (const auto wait : {60s, 120s, 240s, 480s, 600s, 600s}) {
      now = window.probe_at();
      window.died(now);
      CHECK(window.probe_at() - now == wait);
    }
  }
  SECTION("a probe that goes well revives it at width one") {
    window.succeeded();
    CHECK_FALSE(window.is_dead());
    CHECK(window.width(noon + 31s) <= 2);
    window.died(noon + 1h);
    CHECK(window.probe_at() == noon + 1h + 30s);
  }
}

TEST_CASE("window: odd options still let one session through", "[policy]") {
  CHECK(concurrency_window{{.first = 0, .connections_max = 0}}.width(noon) == 1);
  CHECK(concurrency_window{{.first = 50, .connections_max = 3}}.width(noon) == 3);
  concurrency_window window{{.probe_first = 0s, .probe_max = 0s}};
  window.died(noon);
  CHECK(window.is_dead());
  window.died(noon + 1h);
  CHECK(window.is_dead());
}
