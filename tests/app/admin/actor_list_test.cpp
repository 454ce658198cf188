#include "app/admin/actor_list.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace troupe;
using namespace troupe::app;

namespace {

actors::actor_view actor(std::string path, std::size_t depth = 0, milliseconds age = {}, std::uint64_t restarts = 0) {
  actors::actor_view who;
  who.kind = path.find("session") == path.npos ? "shard" : "session";
  who.path = std::move(path);
  who.mailbox_depth = depth;
  who.age = age;
  who.restarts = restarts;
  return who;
}

std::vector<std::string> paths(const std::vector<actors::actor_view>& all, const std::map<std::string, std::string>& words) {
  const auto query = parse_actor_query(words);
  REQUIRE(query);
  std::vector<std::string> found;
  for (const auto* each : select(all, *query).actors)
    found.push_back(each->path);
  return found;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("actor list: by path, children follow their parent", "[admin]") {
  CHECK(paths({actor("/in/mx.2"), actor("/in/mx/0"), actor("/in"), actor("/in/mx"), actor("/in/mx/0/session/1")}, {})
        == lines{"/in", "/in/mx", "/in/mx/0", "/in/mx/0/session/1", "/in/mx.2"});
}

TEST_CASE("actor list: a path takes the actor and all below it, not its namesakes", "[admin]") {
  const std::vector<actors::actor_view> all{actor("/q/shard/1"), actor("/q/shard/10"), actor("/q/shard/1/x"), actor("/q")};
  CHECK(paths(all, {{"path", "/q/shard/1"}}) == lines{"/q/shard/1", "/q/shard/1/x"});
  CHECK(paths(all, {{"path", "/q/shard/1/"}}) == lines{"/q/shard/1", "/q/shard/1/x"});
  CHECK(paths(all, {{"path", "/"}}).size() == 4);
  CHECK(paths(all, {{"path", "/nowhere"}}).empty());
  CHECK(paths({actor("/a/session/1"), actor("/a/b")}, {{"kind", "session"}}) == lines{"/a/session/1"});
}

TEST_CASE("actor list: sorted by what is asked for, cut to the limit, and all are counted", "[admin]") {
  const std::vector<actors::actor_view> all{actor("/c", 5, 1s, 0), actor("/a", 5, 3s, 1), actor("/b", 9, 2s, 7)};
  CHECK(paths(all, {{"sort", "mailbox"}}) == lines{"/b", "/a", "/c"});
  CHECK(paths(all, {{"sort", "age"}}) == lines{"/a", "/b", "/c"});
  CHECK(paths(all, {{"sort", "restarts"}, {"limit", "2"}}) == lines{"/b", "/a"});
  CHECK(select(all, *parse_actor_query({{"limit", "1"}})).count == 3);
}

TEST_CASE("actor list: nonsense is refused in words", "[admin]") {
  for (const auto& words : std::vector<std::map<std::string, std::string>>{
         {{"sort", "colour"}}, {{"limit", "0"}}, {{"limit", "-1"}}, {{"limit", "1x"}}, {{"limit", "100001"}}, {{"path", "queue"}}}) {
    CAPTURE(words);
    const auto query = parse_actor_query(words);
    REQUIRE_FALSE(query);
    CHECK(query.error().code == errc::malformed);
  }
}
