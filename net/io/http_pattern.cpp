#include "net/io/http_pattern.hpp"

#include <algorithm>

namespace troupe::io {

namespace {

/// Cuts "/segment" off the front; without its slash.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

} // namespace

std::optional<std::map<std::string, std::string>> match_path(std::string_view pattern,
                                                             std::string_view path) {
  std::map<std::string, std::string> parts;
  while (!pattern.empty()) {
    const auto want = next_segment(pattern);
    const bool named = want.size() > 2 && want.front() == '{' && want.back() == '}';
    auto name = named ? want.substr(1, want.size() - 2) : std::string_view{};
    if (named && pattern.empty() && name.ends_with("...")) {
      name.remove_suffix(3);
      path.remove_prefix(std::min<std::size_t>(1, path.size()));
      parts.emplace(name, path);
      return parts;
    }
    if (path.empty())
      return std::nullopt;
    const auto have = next_segment(path);
    if (named ? have.empty() : have != want)
      return std::nullopt;
    if (named)
      parts.emplace(name, have);
  }
  if (!path.empty())
    return std::nullopt;
  return parts;
}

} // namespace troupe::io
