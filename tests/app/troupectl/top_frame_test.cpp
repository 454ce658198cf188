#include "app/troupectl/table.hpp"
#include "app/troupectl/top_frame.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace troupe::app;

namespace {

top_data busy_house() {
  top_data data;
  data.status = json::parse(R"({"node":"mx1","uptime_seconds":3725,"ready":false,"sessions":7,
    "reasons":["disk low: shard 0"],"degraded":[],"queue":{"queued":12,"held":1,"bytes":4096,"oldest_seconds":60},
    "rates":{"in_per_second":10.5,"out_per_second":9.5}})");
  data.breakers = json::parse(R"({"breakers":[
    {"name":"smtp:dead.test:25","state":"open","forced":"none","requests":5,"failures":5,"open_seconds":20,
     "last_reason":"\u001b[31mrefused","transitions":{"open":2}},
    {"name":"smtp:well.test:25","state":"closed","forced":"none","requests":5,"failures":0,"transitions":{"open":0}}]})");
  data.routes = {{"count", 100}, {"routes", json::array()}};
  for (int i = 0; i < 100; ++i)
    data.routes["routes"].push_back({{"name", "smtp:host" + std::to_string(i)}, {"state", "open"}, {"ready", 100 - i}});
  data.actors = json::parse(R"({"count":42,"actors":[
    {"path":"/queue/store/0","state":"serving","mailbox":9,"mailbox_limit":4096,"in_hand":0,"handled":1,"refused":0},
    {"path":"/warden","state":"serving","mailbox":0,"mailbox_limit":1024,"in_hand":0,"handled":1,"refused":0}]})");
  data.pools = json::object();
  return data;
}

bool says(const std::vector<std::string>& frame, const std::string& word) {
  return std::any_of(frame.begin(), frame.end(),
                     [&](const auto& line) { return line.find(word) != line.npos; });
}

} // namespace

TEST_CASE("top: what is wrong and what is busy is on the screen", "[troupectl]") {
  const auto frame = top_frame(busy_house(), {120, 50});
  for (const char* word : {"mx1", "NOT READY", "disk low: shard 0", "12 queued", "10.5/s", "smtp:dead.test:25",
                           "smtp:host0", "/queue/store/0", "42"})
    CHECK(says(frame, word));
  CHECK_FALSE(says(frame, "well.test"));
  CHECK_FALSE(says(frame, "/warden"));
}

TEST_CASE("top: a picture fits its screen, however small, and commands no terminal", "[troupectl]") {
  const auto columns = GENERATE(std::size_t{10}, std::size_t{80}, std::size_t{200});
  const auto rows = GENERATE(std::size_t{1}, std::size_t{5}, std::size_t{24}, std::size_t{100});
  const auto frame = top_frame(busy_house(), {columns, rows});
  CHECK(frame.size() <= rows);
  for (const auto& line : frame) {
    CHECK(letters_of(line) <= columns);
    CHECK(line.find('\x1b') == line.npos);
  }
}

TEST_CASE("top: a daemon that is away is said, and nothing is made up", "[troupectl]") {
  top_data away;
  away.trouble = "no daemon answers";
  CHECK(top_frame(away, {}) == std::vector<std::string>{"!! no daemon answers"});
}
