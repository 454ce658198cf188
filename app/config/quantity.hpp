// Durations and sizes as the configuration spells them.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::app {

inline constexpr milliseconds duration_max = std::chrono::hours{24 * 3650};
inline constexpr std::uint64_t size_max = 1ull << 50;

/// "250ms", "30s", "5m", "1h", "5d", "0s". Fails with malformed, or with
/// limit_exceeded above `duration_max`.
[[nodiscard]] result<milliseconds> parse_duration(std::string_view text);

/// In the largest unit that loses nothing.
[[nodiscard]] std::string print_duration(milliseconds time);

/// "25MiB"; KiB, GiB, TiB or no unit. Fails with malformed, or with limit_exceeded
/// above `size_max`.
[[nodiscard]] result<std::uint64_t> parse_size(std::string_view text);

/// In the largest unit that loses nothing, without one for plain bytes.
[[nodiscard]] std::string print_size(std::uint64_t bytes);

} // namespace troupe::app
