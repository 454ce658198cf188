#include "app/config/nearest.hpp"

#include <algorithm>
#include <array>

namespace troupe::app {

namespace {

using distance_row = std::array<std::size_t, typo_bytes_max + 1>;

/// Optimal string alignment. @pre neither is longer than typo_bytes_max
std::size_t edit_distance(std::string_view a, std::string_view b) {
  distance_row before_last{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

} // namespace

std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& candidates) {
  std::optional<std::string_view> best;
  std::size_t fewest = 0;
  for (const auto candidate : candidates) {
    if (word.size() > typo_bytes_max || candidate.size() > typo_bytes_max)
      continue;
    const auto edits = edit_distance(word, candidate);
    if (edits <= std::max<std::size_t>(1, candidate.size() / 3) && (!best || edits < fewest)) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const auto nearest = find_nearest(word, candidates))
    return "did you mean \"" + std::string(*nearest) + "\"?";
  std::string all;
  for (const auto candidate : candidates)
    all.append(all.empty() ? "must be one of \"" : ", \"").append(candidate).append("\"");
  return all;
}

} // namespace troupe::app
