#include "actors/backpressure.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace troupe;
using namespace troupe::actors;
using namespace std::chrono_literals;

TEST_CASE("backpressure: every wait counts, a long one is told once in ten seconds", "[actors]") {
  std::ostringstream lines;
  event_log log{{"test", log_level::info, log_format::text}, lines};
  node_metrics metrics;
  backpressure_link link{log, metrics, "session_store", 1s};
  const auto told = [&lines] {
    std::size_t count = 0;
    const auto text = lines.str();
    for (auto at = text.find("backpressure"); at != text.npos; at = text.find("backpressure", at + 1))
      ++count;
    return count;
  };
  const steady_time start{std::chrono::hours{1}};
  link.waited(999ms, start, "/a");
  CHECK(told() == 0);
  link.waited(2s, start, "/a");
  CHECK(told() == 1);
  link.waited(2s, start + 9s, "/b");
  CHECK(told() == 1);
  link.waited(-1s, start + 9s, "/b"); // a commit that took longer than the wait for it
  link.waited(2s, start + 10s, "/b");
  CHECK(told() == 2);
  CHECK(metrics.backpressure_seconds_total("session_store").value() == Approx(6.999));
}

TEST_CASE("backpressure: a link that is looked at counts for as long as it holds back", "[actors]") {
  std::ostringstream lines;
  event_log log{{"test", log_level::info, log_format::text}, lines};
  node_metrics metrics;
  watched_link link{log, metrics, "shard_route"};
  const auto counted = [&] { return metrics.backpressure_seconds_total("shard_route").value(); };
  steady_time now{std::chrono::hours{1}};
  link.look(false, now, "/a");
  now += 1min;
  link.look(true, now, "/a"); // who knows since when
  CHECK(counted() == 0);
  now += 200ms;
  link.look(false, now, "/a");
  CHECK(counted() == Approx(0.2));
  CHECK(lines.str().empty());
  now += 1min;
  for (int i = 0; i <= 50; ++i, now += 200ms)
    link.look(true, now, "/a");
  CHECK(counted() == Approx(10.2));
  CHECK(lines.str().find("shard_route") != std::string::npos);
}
