#include "actors/policy/host_memory.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace troupe;
using namespace std::chrono_literals;
using policy::choose_host;
using policy::host_memory;

namespace {

constexpr steady_time noon{12h};
const std::vector<std::string> hosts{"192.0.2.1:25", "192.0.2.2:25", "192.0.2.3:25"};

} // namespace

TEST_CASE("host memory: a failed host is left alone for longer each time, up to the longest",
          "[policy]") {
  host_memory memory;
  auto now = noon;
  for (const auto wait : {60s, 120s, 240s, 480s, 960s, 1800s, 1800s}) {
    memory.failed(hosts[0], now);
    CHECK(memory.not_before(hosts[0]) - now == wait);
    now = memory.not_before(hosts[0]);
  }
}

TEST_CASE("host memory: one failure reported twice counts once", "[policy]") {
  host_memory memory;
  memory.failed(hosts[0], noon);
  memory.failed(hosts[0], noon + 1s);
  CHECK(memory.not_before(hosts[0]) == noon + 60s);
}

TEST_CASE("host memory: an answer, and a long silence, forgive", "[policy]") {
  host_memory memory;
  memory.failed(hosts[0], noon);
  memory.failed(hosts[0], noon + 61s);
  SECTION("answered") {
    memory.answered(hosts[0]);
    CHECK(memory.not_before(hosts[0]) == steady_time{});
    CHECK(memory.size() == 0);
    memory.answered(hosts[0]);
  }
  SECTION("not asked for hours") {
    memory.failed(hosts[0], noon + 5h);
    CHECK(memory.not_before(hosts[0]) == noon + 5h + 60s);
  }
}

TEST_CASE("host memory: at its bound it forgets the one not heard of for longest", "[policy]") {
  host_memory memory{{.hosts_max = 2}};
  memory.failed(hosts[0], noon);
  memory.failed(hosts[1], noon);
  memory.failed(hosts[0], noon + 1s); // heard of again
  memory.failed(hosts[2], noon);
  CHECK(memory.size() == 2);
  CHECK(memory.not_before(hosts[0]) == noon + 60s);
  CHECK(memory.not_before(hosts[1]) == steady_time{});
  CHECK(memory.not_before(hosts[2]) == noon + 60s);
  host_memory none{{.hosts_max = 0}};
  none.failed(hosts[0], noon);
  CHECK(none.size() == 0);
}

TEST_CASE("host memory: keeps its entries when it moves", "[policy]") {
  host_memory memory;
  memory.failed("a", noon);
  auto moved = std::move(memory);
  CHECK(moved.not_before("a") == noon + 60s);
}

TEST_CASE("host choice: preference first, dead hosts passed over", "[policy]") {
  host_memory memory;
  CHECK(choose_host(memory, hosts, 0, noon).index == 0u);
  CHECK(choose_host(memory, hosts, 1, noon).index == 1u);
  memory.failed(hosts[0], noon);
  CHECK(choose_host(memory, hosts, 0, noon).index == 1u);
  CHECK(choose_host(memory, hosts, 0, noon + 60s).index == 0u);
  memory.failed(hosts[1], noon + 1s);
  memory.failed(hosts[2], noon + 2s);
  const auto none = choose_host(memory, hosts, 0, noon + 3s);
  CHECK_FALSE(none.index.has_value());
  CHECK(none.again_at == noon + 60s);
  CHECK_FALSE(choose_host(memory, {}, 0, noon).index.has_value());
  CHECK_FALSE(choose_host(memory, hosts, 3, noon).index.has_value());
}
