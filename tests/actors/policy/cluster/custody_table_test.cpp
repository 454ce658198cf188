#include "actors/policy/cluster/custody_table.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace troupe;
using namespace troupe::policy;

TEST_CASE("custody table: finds what was put in and not what was taken out", "[policy][cluster]") {
  custody_table table;
  std::set<std::int64_t> there;
  std::uint64_t dice = 1;
  for (int i = 0; i < 20'000; ++i) {
    dice = mix(dice, 7);
    const auto id = static_cast<std::int64_t>(dice % 3000 + 1);
    if (there.insert(id).second) {
      table.insert({.id = {id}});
    } else {
      table.erase({id});
      there.erase(id);
    }
  }
  CHECK(table.size() == there.size());
  for (std::int64_t id = 1; id <= 3000; ++id)
    REQUIRE((table.find({id}) != nullptr) == there.contains(id));
  std::size_t seen = 0;
  for (std::size_t at = table.scan(0, 100, [&](const custody&) { ++seen; }); at != 0;)
    at = table.scan(at, 100, [&](const custody&) { ++seen; });
  CHECK(seen == there.size());
}

TEST_CASE("custody table: a million messages cost at most 56 bytes each", "[policy][cluster]") {
  custody_table table;
  for (std::int64_t id = 1; id <= 1'000'000; ++id)
    table.insert({.id = {id << 12}});
  CHECK(table.slots() * sizeof(custody) <= 56'000'000);
}

TEST_CASE("node directory: numbers nodes in the order of their mention", "[policy][cluster]") {
  node_directory nodes;
  CHECK(nodes.index_of({}) == 0);
  CHECK(nodes.index_of({77}) == 1);
  CHECK(nodes.index_of({5}) == 2);
  CHECK(nodes.index_of({77}) == 1);
  CHECK(nodes.at(2) == node_id{5});
  CHECK(nodes.at(0) == node_id{});
}
