#include "app/troupectl/actor_tree.hpp"

#include <catch2/catch.hpp>

using troupe::app::tree_line;
using troupe::app::tree_of;

namespace {

std::vector<std::string> labels(const std::vector<std::string>& paths) {
  std::vector<std::string> all;
  for (const auto& each : tree_of(paths))
    all.push_back(each.label + (each.index == tree_line::no_index ? " -" : ""));
  return all;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("actor tree: whoever stands below another is indented, and missing steps are named", "[troupectl]") {
  CHECK(labels({"/a", "/a/b", "/a/b/c", "/q/shard/0", "/q/shard/1"})
        == lines{"a", "  b", "    c", "q -", "  shard -", "    0", "    1"});
  CHECK(labels({}) == lines{});
  CHECK(labels({"/"}) == lines{"/"});
}

TEST_CASE("actor tree: two of one path have a line each", "[troupectl]") {
  CHECK(labels({"/admin/asker", "/admin/asker"}) == lines{"admin -", "  asker", "  asker"});
}

TEST_CASE("actor tree: a path of any depth stays readable and every index comes once", "[troupectl]") {
  std::string deep;
  for (int i = 0; i < 1000; ++i)
    deep += "/x";
  const auto tree = tree_of({deep, "//odd//path/", "/z"});
  CHECK(tree.size() < 20);
  std::size_t seen = 0;
  for (const auto& each : tree)
    if (each.index != tree_line::no_index)
      CHECK(each.index == seen++);
  CHECK(seen == 3);
}
