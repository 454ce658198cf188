// A look at the text before it is parsed: toml++ frees nested tables by recursion,
// so a key of a hundred thousand dots would overflow the stack.

#pragma once

#include <cstddef>
#include <string_view>

namespace troupe::app {

/// Real keys have four parts at most, "pool.delivery.max" three.
inline constexpr std::size_t key_dots_max = 16;

/// The line (from 1) of the first key with more dots than `key_dots_max`, or 0.
[[nodiscard]] unsigned find_deep_key(std::string_view text) noexcept;

} // namespace troupe::app
