// Lines of a tree, from paths: "/queue/shard/0" stands below "/queue/shard", which
// nobody may be.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace troupe::app {

struct tree_line {
  std::string label;       ///< Indented by two for each step; the part of the path that is its own.
  std::size_t index = 0;   ///< Of the path, or `no_index` for a step where nobody is.

  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
};

/// One line for each path, in their order, and one for each step above them that is
/// not among them.
/// @pre whoever stands below another follows it
[[nodiscard]] std::vector<tree_line> tree_of(const std::vector<std::string>& paths);

} // namespace troupe::app
