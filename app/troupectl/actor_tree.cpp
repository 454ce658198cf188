#include "app/troupectl/actor_tree.hpp"

namespace troupe::app {

namespace {

/// Some paths hold addresses or folders; a tree of any depth would not be read.
constexpr std::size_t depth_max = 8;

std::vector<std::string> steps_of(const std::string& path) {
  std::vector<std::string> steps;
  std::size_t at = path.find_first_not_of('/');
  while (at != path.npos) {
    const auto end = steps.size() + 1 == depth_max ? path.npos : path.find('/', at);
    steps.push_back(path.substr(at, end == path.npos ? end : end - at));
    at = end == path.npos ? end : path.find_first_not_of('/', end);
  }
  return steps;
}

} // namespace

std::vector<tree_line> tree_of(const std::vector<std::string>& paths) {
  std::vector<tree_line> lines;
  std::vector<std::string> before;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto steps = steps_of(paths[i]);
    if (steps.empty()) {
      lines.push_back({"/", i});
      continue;
    }
    std::size_t shared = 0;
    while (shared < before.size() && shared < steps.size() && before[shared] == steps[shared])
      ++shared;
    for (std::size_t depth = shared; depth + 1 < steps.size(); ++depth)
      lines.push_back({std::string(2 * depth, ' ') + steps[depth], tree_line::no_index});
    const auto last = steps.size() - 1;
    lines.push_back({std::string(2 * last, ' ') + steps[last], i});
    before = std::move(steps);
  }
  return lines;
}

} // namespace troupe::app
