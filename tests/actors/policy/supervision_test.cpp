#include "actors/policy/supervision.hpp"

#include "net/core/expect.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace std::chrono_literals;
using policy::ending;
using policy::restart_kind;
using policy::supervision;
using policy::supervision_options;
using act = policy::supervision_step::act;

namespace {

constexpr steady_time noon{12h};

} // namespace

TEST_CASE("supervision: the kind says which end leads to a restart", "[policy]") {
  const auto [kind, how, what] = GENERATE(table<restart_kind, ending, act>({
    {restart_kind::always, ending::crashed, act::restart},
    {restart_kind::always, ending::normal, act::restart},
    {restart_kind::always, ending::asked, act::restart},
    {restart_kind::on_crash, ending::crashed, act::restart},
    {restart_kind::on_crash, ending::normal, act::let_go},
    {restart_kind::on_crash, ending::asked, act::restart},
    {restart_kind::never, ending::crashed, act::let_go},
    {restart_kind::never, ending::normal, act::let_go},
    {restart_kind::never, ending::asked, act::let_go},
  }));
  supervision rule;
  const auto step = rule.died(noon, kind, how);
  CHECK(step.what == what);
  if (what == act::restart)
    CHECK(step.at == noon + (how == ending::asked ? 0ms : 100ms));
  else
    CHECK(step.at == steady_time{});
}

TEST_CASE("supervision: waits double up to the longest", "[policy]") {
  supervision rule{{.restarts = 100}};
  auto now = noon;
  for (const auto wait : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 10000ms, 10000ms}) {
    const auto step = rule.died(now, restart_kind::always, ending::crashed);
    REQUIRE(step.what == act::restart);
    CHECK(step.at - now == wait);
    now = step.at;
  }
}

TEST_CASE("supervision: one restart too many within the window gives up", "[policy]") {
  supervision rule;
  for (int i = 0; i < 5; ++i)
    REQUIRE(rule.died(noon + 1s * i, restart_kind::on_crash, ending::crashed).what == act::restart);
  SECTION("within it") {
    CHECK(rule.died(noon + 59s, restart_kind::on_crash, ending::crashed).what == act::give_up);
  }
  SECTION("when the first no longer counts, there is room for one") {
    const auto step = rule.died(noon + 60s, restart_kind::on_crash, ending::crashed);
    CHECK(step.what == act::restart);
    CHECK(step.at == noon + 60s + 3200ms); // not quiet yet
    CHECK(rule.died(noon + 60s, restart_kind::on_crash, ending::crashed).what == act::give_up);
  }
  SECTION("after a quiet time all is forgiven") {
    const auto step = rule.died(noon + 64s, restart_kind::on_crash, ending::crashed);
    CHECK(step.at == noon + 64s + 100ms);
  }
}

TEST_CASE("supervision: what an operator asks for counts for nothing", "[policy]") {
  supervision rule{{.restarts = 1}};
  for (int i = 0; i < 1000; ++i) {
    const auto step = rule.died(noon, restart_kind::always, ending::asked);
    REQUIRE(step.what == act::restart);
    REQUIRE(step.at == noon);
  }
  const auto crash = rule.died(noon, restart_kind::always, ending::crashed);
  CHECK(crash.what == act::restart);
  CHECK(crash.at == noon + 100ms);
  CHECK(rule.died(noon, restart_kind::always, ending::asked).what == act::restart);
  CHECK(rule.died(noon, restart_kind::always, ending::crashed).what == act::give_up);
}

TEST_CASE("supervision: without any restarts the first crash gives up", "[policy]") {
  supervision rule{{.restarts = 0}};
  CHECK(rule.died(noon, restart_kind::always, ending::asked).what == act::restart);
  CHECK(rule.died(noon, restart_kind::on_crash, ending::normal).what == act::let_go);
  CHECK(rule.died(noon, restart_kind::always, ending::crashed).what == act::give_up);
}

TEST_CASE("supervision: time that goes backwards stands still", "[policy]") {
  supervision rule{{.restarts = 2}};
  CHECK(rule.died(noon, restart_kind::always, ending::crashed).at == noon + 100ms);
  CHECK(rule.died(noon - 1h, restart_kind::always, ending::crashed).at == noon + 200ms);
  CHECK(rule.died(noon - 2h, restart_kind::always, ending::crashed).what == act::give_up);
}

TEST_CASE("supervision: impossible options are refused", "[policy]") {
  CHECK(check(supervision_options{}).ok());
  const auto [options, word] = GENERATE(table<supervision_options, std::string>({
    {{.restarts = 1001}, "restarts"},
    {{.within = 0ms}, "within"},
    {{.within = 25h}, "within"},
    {{.first = 0ms}, "first"},
    {{.first = 2s, .longest = 1s}, "longest"},
    {{.longest = 25h}, "longest"},
  }));
  const auto refused = check(options);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::malformed);
  CHECK(refused.error().detail.find(word) != std::string::npos);
  CHECK_THROWS_AS(supervision{options}, broken_expectation);
}
