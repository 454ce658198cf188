#include "actors/policy/window.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using policy::concurrency_window;
using policy::window_options;

namespace {

void succeed(concurrency_window& window, unsigned times) {
  for (unsigned i = 0; i < times; ++i)
    window.succeeded();
}

} // namespace

TEST_CASE("window: grows by one for each round of successes, up to the limit", "[policy]") {
  concurrency_window window{{.first = 2, .connections_max = 4}};
  CHECK(window.width() == 2);
  succeed(window, 1);
  CHECK(window.width() == 2);
  succeed(window, 1);
  CHECK(window.width() == 3);
  succeed(window, 3);
  CHECK(window.width() == 4);
  succeed(window, 1000);
  CHECK(window.width() == 4);
}

TEST_CASE("window: halves once for one hiccup, however many sessions saw it", "[policy]") {
  concurrency_window window{{.first = 16, .connections_max = 20}};
  for (int i = 0; i < 16; ++i)
    window.faltered();
  CHECK(window.width() == 8);
  window.faltered();
  CHECK(window.width() == 4);
}

TEST_CASE("window: never falls below one", "[policy]") {
  concurrency_window window{{}};
  for (int i = 0; i < 100; ++i)
    window.faltered();
  CHECK(window.width() == 1);
}

TEST_CASE("window: odd options still let one session through", "[policy]") {
  CHECK(concurrency_window{{.first = 0, .connections_max = 0}}.width() == 1);
  CHECK(concurrency_window{{.first = 50, .connections_max = 3}}.width() == 3);
}
