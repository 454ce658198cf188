#include "actors/filter_desk.hpp"
#include "tests/support/actor_fixture.hpp"

#include <catch2/catch.hpp>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

namespace {

struct stage : support::actor_fixture {
  policy::breaker_options breaker{.window = 60s, .min_requests = 2, .open = 10s};
  filter_desk_actor desk = spawn<filter_desk>(home, use_filters{{"inet:a", "inet:b"}, breaker});

  bool may(const std::string& filter) {
    return ask<filter_permit>(desk, ask_filter_permit{filter})->granted;
  }
  void tell(const std::string& filter, filter_behaviour how) {
    self->send(desk, filter_behaved{filter, how, "by the book"});
    settle();
  }
  policy::breaker_state state(std::size_t which) {
    return ask<filters_view>(desk, describe_filters{})->all.at(which).breaker.state;
  }
};

} // namespace

TEST_CASE_METHOD(stage, "filter desk: an ill filter is left alone, the other is not", "[actors]") {
  for (int i = 0; i < 2; ++i) {
    CHECK(may("inet:a"));
    tell("inet:a", filter_behaviour::ill);
  }
  CHECK_FALSE(may("inet:a"));
  CHECK(may("inet:b"));
  CHECK(home.metrics.breaker_state("filter:inet:a").value() == 2);
  advance(11s);
  CHECK(may("inet:a")); // a trial
  CHECK_FALSE(may("inet:a"));
  tell("inet:a", filter_behaviour::unsettled);
  CHECK(may("inet:a"));
  tell("inet:a", filter_behaviour::well);
  CHECK(state(0) == policy::breaker_state::closed);
}

TEST_CASE_METHOD(stage, "filter desk: who is not named may be asked", "[actors]") {
  CHECK(may("inet:unknown"));
  tell("inet:unknown", filter_behaviour::ill);
  CHECK(ask<filters_view>(desk, describe_filters{})->all.size() == 2);
}

TEST_CASE_METHOD(stage, "filter desk: breakers are set by hand", "[actors]") {
  CHECK(ask<filter_breaker_set>(desk, set_filter_breaker{"filter:inet:a", breaker_act::open}).ok());
  CHECK_FALSE(may("inet:a"));
  CHECK(ask<filter_breaker_set>(desk, set_filter_breaker{"filter:inet:a", breaker_act::reset}).ok());
  CHECK(may("inet:a"));
  CHECK_FALSE(ask<filter_breaker_set>(desk, set_filter_breaker{"inet:a", breaker_act::open}).ok());
}

TEST_CASE_METHOD(stage, "filter desk: a reload keeps the breakers of those who stay", "[actors]") {
  CHECK(ask<filter_breaker_set>(desk, set_filter_breaker{"filter:inet:a", breaker_act::open}).ok());
  self->send(desk, use_filters{{"inet:a", "inet:c"}, breaker});
  settle();
  const auto view = *ask<filters_view>(desk, describe_filters{});
  REQUIRE(view.all.size() == 2);
  CHECK(view.all[0].breaker.state == policy::breaker_state::open);
  CHECK(view.all[1].name == "filter:inet:c");
}
