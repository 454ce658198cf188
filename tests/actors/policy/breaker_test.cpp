#include "actors/policy/breaker.hpp"

#include "net/core/expect.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <random>

using namespace troupe;
using namespace std::chrono_literals;
using policy::breaker;
using policy::breaker_force;
using policy::breaker_options;
using policy::breaker_state;

namespace {

constexpr steady_time noon{12h};

/// Opened at noon by five failures.
breaker opened(const breaker_options& options = {}) {
  breaker made{options};
  for (unsigned i = 0; i + 1 < options.min_requests; ++i)
    REQUIRE_FALSE(made.failure(noon, "refused"));
  const auto change = made.failure(noon, "no route");
  REQUIRE(change);
  REQUIRE(change->to == breaker_state::open);
  return made;
}

std::uint64_t entered(const breaker& x, breaker_state state) {
  return x.view(noon).transitions[static_cast<std::size_t>(state)];
}

} // namespace

TEST_CASE("breaker: closed, it lets every request through", "[policy]") {
  breaker guard;
  for (int i = 0; i < 1000; ++i) {
    const auto permit = guard.permit(noon);
    CHECK(permit.granted);
    CHECK(permit.again_at == noon);
    CHECK_FALSE(permit.change);
    CHECK_FALSE(guard.success(noon));
  }
  CHECK(guard.view(noon).requests == 1000);
  CHECK(guard.view(noon).failures == 0);
}

TEST_CASE("breaker: opens at the ratio, and not before enough was seen", "[policy]") {
  breaker guard;
  SECTION("four failures are too few to judge") {
    for (int i = 0; i < 4; ++i)
      CHECK_FALSE(guard.failure(noon, "refused"));
    CHECK(guard.permit(noon).granted);
    const auto change = guard.failure(noon, "no route");
    REQUIRE(change);
    CHECK(change->from == breaker_state::closed);
    CHECK(change->to == breaker_state::open);
    CHECK(change->reason == "no route");
  }
  SECTION("half of the requests is enough") {
    for (int i = 0; i < 5; ++i)
      CHECK_FALSE(guard.success(noon));
    for (int i = 0; i < 4; ++i)
      CHECK_FALSE(guard.failure(noon, "refused"));
    CHECK(guard.failure(noon, "refused"));
  }
  SECTION("less than half is not") {
    for (int i = 0; i < 100; ++i)
      CHECK_FALSE(guard.success(noon));
    for (int i = 0; i < 99; ++i)
      CHECK_FALSE(guard.failure(noon, "refused"));
    CHECK(guard.state() == breaker_state::closed);
    CHECK(guard.failure(noon, "refused"));
  }
  SECTION("a ratio of one asks for failures only") {
    breaker strict{{.failure_ratio = 1.0}};
    CHECK_FALSE(strict.success(noon));
    for (int i = 0; i < 100; ++i)
      CHECK_FALSE(strict.failure(noon, "refused"));
  }
}

TEST_CASE("breaker: results older than the window no longer count", "[policy]") {
  breaker guard;
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(noon, "refused"));
  CHECK(guard.view(noon + 53s).failures == 4);
  CHECK(guard.view(noon + 61s).failures == 0);
  CHECK_FALSE(guard.failure(noon + 61s, "refused"));
  CHECK(guard.view(noon + 61s).requests == 1);
}

TEST_CASE("breaker: a long idle time leaves no results behind", "[policy]") {
  breaker guard;
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(noon, "refused"));
  // The same place in the ring, many rounds later.
  const auto later = noon + 60s * 1000;
  CHECK_FALSE(guard.failure(later, "refused"));
  CHECK(guard.view(later).requests == 1);
  CHECK(guard.state() == breaker_state::closed);
}

TEST_CASE("breaker: failures spread over a window add up while they are in it", "[policy]") {
  breaker guard;
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(noon + 12s * i, "refused"));
  CHECK(guard.failure(noon + 48s, "refused"));
}

TEST_CASE("breaker: open, it refuses until its time, then lets one trial through", "[policy]") {
  auto guard = opened();
  const auto early = guard.permit(noon + 29s);
  CHECK_FALSE(early.granted);
  CHECK(early.again_at == noon + 30s);
  CHECK_FALSE(early.change);
  CHECK(guard.view(noon).until == noon + 30s);
  CHECK(guard.view(noon).opens_for == 30s);
  CHECK(guard.view(noon).last_reason == "no route");

  const auto trial = guard.permit(noon + 30s);
  CHECK(trial.granted);
  REQUIRE(trial.change);
  CHECK(trial.change->from == breaker_state::open);
  CHECK(trial.change->to == breaker_state::half_open);
  CHECK(guard.view(noon).probes_out == 1);
  CHECK(guard.view(noon).until == steady_time{});
  const auto second = guard.permit(noon + 31s);
  CHECK_FALSE(second.granted);
  CHECK(second.again_at == noon + 30s + breaker_options{}.probe_lapse);
}

TEST_CASE("breaker: a trial that goes well closes it, and the past is forgotten", "[policy]") {
  auto guard = opened();
  REQUIRE(guard.permit(noon + 30s).granted);
  const auto change = guard.success(noon + 31s);
  REQUIRE(change);
  CHECK(change->from == breaker_state::half_open);
  CHECK(change->to == breaker_state::closed);
  CHECK(guard.view(noon + 31s).requests == 0);
  CHECK(guard.permit(noon + 31s).granted);
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(noon + 32s, "refused"));
  REQUIRE(guard.failure(noon + 32s, "refused"));
  CHECK(guard.view(noon).until == noon + 62s);
}

TEST_CASE("breaker: each failed trial doubles the open time up to the longest", "[policy]") {
  auto guard = opened();
  auto now = noon + 30s;
  for (const auto wait : {60s, 120s, 240s, 480s, 600s, 600s}) {
    REQUIRE(guard.permit(now).granted);
    const auto change = guard.failure(now, "still dead");
    REQUIRE(change);
    CHECK(change->from == breaker_state::half_open);
    CHECK(change->to == breaker_state::open);
    CHECK(guard.view(now).opens_for == wait);
    CHECK_FALSE(guard.permit(now + wait - 1ms).granted);
    now += wait;
  }
  REQUIRE(guard.permit(now).granted);
  REQUIRE(guard.success(now));
  CHECK(guard.view(now).opens_for == 30s);
  CHECK(entered(guard, breaker_state::open) == 7);
  CHECK(entered(guard, breaker_state::half_open) == 7);
  CHECK(entered(guard, breaker_state::closed) == 1);
}

TEST_CASE("breaker: all of several trials must go well", "[policy]") {
  auto guard = opened({.probes = 3});
  const auto now = noon + 30s;
  for (int i = 0; i < 3; ++i)
    CHECK(guard.permit(now).granted);
  CHECK_FALSE(guard.permit(now).granted);
  SECTION("they do") {
    CHECK_FALSE(guard.success(now));
    CHECK_FALSE(guard.permit(now).granted); // the answer used its place up
    CHECK_FALSE(guard.success(now));
    const auto change = guard.success(now);
    REQUIRE(change);
    CHECK(change->to == breaker_state::closed);
  }
  SECTION("one fails, and what the others say comes too late") {
    CHECK_FALSE(guard.success(now));
    REQUIRE(guard.failure(now, "refused"));
    CHECK_FALSE(guard.failure(now, "refused"));
    CHECK_FALSE(guard.success(now));
    CHECK(guard.view(now).opens_for == 60s);
    CHECK(guard.state() == breaker_state::open);
  }
}

TEST_CASE("breaker: a trial that says nothing makes room for another", "[policy]") {
  auto guard = opened();
  REQUIRE(guard.permit(noon + 30s).granted);
  SECTION("cancelled") {
    guard.cancelled(noon + 31s);
    CHECK(guard.view(noon).probes_out == 0);
    CHECK(guard.permit(noon + 31s).granted);
    CHECK_FALSE(guard.permit(noon + 31s).granted);
  }
  SECTION("never answered: its time lapses") {
    const auto lapse = breaker_options{}.probe_lapse;
    CHECK_FALSE(guard.permit(noon + 30s + lapse - 1ms).granted);
    const auto again = guard.permit(noon + 30s + lapse);
    CHECK(again.granted);
    CHECK_FALSE(again.change);
    // One that answers in the end speaks for the one that is out.
    CHECK(guard.success(noon + 30s + lapse));
  }
  CHECK(guard.view(noon).forced == breaker_force::none);
}

TEST_CASE("breaker: results that nobody waits for change nothing", "[policy]") {
  auto guard = opened();
  CHECK_FALSE(guard.success(noon + 1s));
  CHECK_FALSE(guard.failure(noon + 1s, "late"));
  guard.cancelled(noon + 1s);
  CHECK(guard.state() == breaker_state::open);
  CHECK(guard.view(noon).until == noon + 30s);
  CHECK(guard.view(noon).last_reason == "late");
  SECTION("with a trial that was cancelled") {
    REQUIRE(guard.permit(noon + 30s).granted);
    guard.cancelled(noon + 30s);
    guard.cancelled(noon + 30s);
    CHECK_FALSE(guard.success(noon + 31s));
    CHECK_FALSE(guard.failure(noon + 31s, "late"));
    CHECK(guard.state() == breaker_state::half_open);
  }
  SECTION("cancelled while closed") {
    breaker closed;
    closed.cancelled(noon);
    CHECK(closed.view(noon).requests == 0);
    CHECK(closed.permit(noon).granted);
  }
}

TEST_CASE("breaker: forced open, it stays so whatever happens", "[policy]") {
  breaker guard;
  const auto change = guard.force_open(noon);
  REQUIRE(change);
  CHECK(change->to == breaker_state::open);
  CHECK(guard.view(noon).forced == breaker_force::open);
  CHECK(guard.view(noon).until == steady_time::max());
  const auto permit = guard.permit(noon + 24h);
  CHECK_FALSE(permit.granted);
  CHECK(permit.again_at == steady_time::max());
  CHECK_FALSE(guard.success(noon + 24h));
  CHECK_FALSE(guard.force_open(noon + 24h));
  const auto back = guard.reset(noon + 25h);
  REQUIRE(back);
  CHECK(back->to == breaker_state::closed);
  CHECK(guard.view(noon).forced == breaker_force::none);
  CHECK(guard.view(noon).until == steady_time{});
  CHECK(guard.permit(noon + 25h).granted);
}

TEST_CASE("breaker: forced closed, failures are counted and open nothing", "[policy]") {
  auto guard = opened();
  REQUIRE(guard.force_close(noon));
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(guard.failure(noon, "refused"));
  CHECK(guard.permit(noon).granted);
  CHECK(guard.view(noon).failures == 100);
  CHECK(guard.view(noon).forced == breaker_force::closed);
  CHECK_FALSE(guard.reset(noon)); // closed it was
  CHECK(guard.view(noon).failures == 0);
  CHECK(guard.view(noon).last_reason.empty());
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(noon, "refused"));
  CHECK(guard.failure(noon, "refused"));
}

TEST_CASE("breaker: forced out of a trial, it forgets the trial", "[policy]") {
  auto guard = opened();
  REQUIRE(guard.permit(noon + 30s).granted);
  CHECK(guard.force_open(noon + 30s));
  CHECK(guard.view(noon).probes_out == 0);
  CHECK_FALSE(guard.success(noon + 31s));
  CHECK(guard.state() == breaker_state::open);
}

TEST_CASE("breaker: reset brings back the first open time", "[policy]") {
  auto guard = opened();
  REQUIRE(guard.permit(noon + 30s).granted);
  REQUIRE(guard.failure(noon + 30s, "still dead"));
  REQUIRE(guard.view(noon).opens_for == 60s);
  REQUIRE(guard.reset(noon + 31s));
  CHECK(guard.view(noon).opens_for == 30s);
}

TEST_CASE("breaker: time that goes backwards stands still", "[policy]") {
  breaker guard;
  CHECK_FALSE(guard.success(noon));
  for (int i = 0; i < 4; ++i)
    (void)guard.failure(noon - 1h, "refused"); // as if at noon
  CHECK(guard.state() == breaker_state::open);
  CHECK(guard.view(noon - 2h).until == noon + 30s);
  CHECK_FALSE(guard.permit(noon - 1h).granted);
  CHECK(guard.permit(noon + 30s).granted);
  CHECK_FALSE(guard.permit(noon).granted);
  CHECK(guard.success(noon - 3h));
  CHECK(guard.state() == breaker_state::closed);
}

TEST_CASE("breaker: works from the epoch on, and before it", "[policy]") {
  const auto start = GENERATE(steady_time{}, steady_time{-1h});
  breaker guard;
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(guard.failure(start, "refused"));
  CHECK(guard.view(start).failures == 4);
  CHECK(guard.failure(start, "refused"));
  CHECK(guard.permit(start + 30s).granted);
}

TEST_CASE("breaker: long reasons are cut", "[policy]") {
  breaker guard{{.min_requests = 1}};
  const auto change = guard.failure(noon, std::string(1000, 'x'));
  REQUIRE(change);
  CHECK(change->reason.size() == policy::breaker_reason_bytes_max);
  CHECK(guard.view(noon).last_reason.size() == policy::breaker_reason_bytes_max);
}

TEST_CASE("breaker: impossible options are refused", "[policy]") {
  CHECK(check(breaker_options{}).ok());
  const auto [options, word] = GENERATE(table<breaker_options, std::string>({
    {{.window = 9ms}, "window"},
    {{.window = policy::breaker_time_max + 1ms}, "window"},
    {{.min_requests = 0}, "min_requests"},
    {{.min_requests = policy::breaker_requests_max + 1}, "min_requests"},
    {{.failure_ratio = 0}, "failure_ratio"},
    {{.failure_ratio = 1.01}, "failure_ratio"},
    {{.failure_ratio = std::numeric_limits<double>::quiet_NaN()}, "failure_ratio"},
    {{.open = 0ms}, "open"},
    {{.open = 2s, .open_max = 1s}, "open_max"},
    {{.open_max = policy::breaker_time_max + 1ms}, "open_max"},
    {{.probes = 0}, "probes"},
    {{.probes = policy::breaker_probes_max + 1}, "probes"},
    {{.probe_lapse = 0ms}, "probe_lapse"},
  }));
  CAPTURE(word);
  const auto refused = check(options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::malformed);
  CHECK(refused.error().detail.find("breaker " + word + ' ') == 0);
  CHECK_THROWS_AS(breaker{options}, broken_expectation);
}

TEST_CASE("breaker: no order of events wedges it or lets too many trials out", "[policy]") {
  std::mt19937 dice{GENERATE(range(1u, 51u))};
  const breaker_options options{.open = 1s, .open_max = 8s, .probes = 3, .probe_lapse = 20s};
  breaker guard{options};
  auto now = noon;
  for (int i = 0; i < 2000; ++i) {
    now += milliseconds{dice() % 2000};
    const auto shown_at = now - milliseconds{dice() % 3000};
    switch (dice() % 8) {
      case 0: (void)guard.success(shown_at); break;
      case 1:
      case 2: (void)guard.failure(shown_at, "refused"); break;
      case 3: guard.cancelled(shown_at); break;
      case 4:
        if (dice() % 20 == 0)
          (void)(dice() % 2 == 0 ? guard.force_open(shown_at) : guard.force_close(shown_at));
        else if (dice() % 5 == 0)
          (void)guard.reset(shown_at);
        break;
      default: {
        const auto permit = guard.permit(shown_at);
        if (!permit.granted && guard.view(now).forced == breaker_force::none) {
          REQUIRE(permit.again_at > shown_at);
          auto later = guard;
          REQUIRE(later.permit(permit.again_at).granted);
        }
      }
    }
    const auto view = guard.view(now);
    REQUIRE(view.probes_out <= options.probes);
    REQUIRE(view.opens_for >= options.open);
    REQUIRE(view.opens_for <= options.open_max);
    REQUIRE((view.forced != breaker_force::open || view.state == breaker_state::open));
    REQUIRE((view.forced != breaker_force::closed || view.state == breaker_state::closed));
  }
}
