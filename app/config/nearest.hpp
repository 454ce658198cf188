// The word that was meant, by edit distance.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

/// Longer words are nobody's typo.
inline constexpr std::size_t typo_bytes_max = 64;

/// The candidate that needs the fewest inserted, lost, changed or swapped letters,
/// if these are few against its length.
[[nodiscard]] std::optional<std::string_view>
find_nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `did you mean "x"?`, else `must be one of "a", "b"`.
[[nodiscard]] std::string suggest(std::string_view word,
                                  const std::vector<std::string_view>& candidates);

} // namespace troupe::app
