#include "app/config/quantity.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace troupe::app {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 5> time_units{
  {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<unit, 5> size_units{
  {{"TiB", 1ull << 40}, {"GiB", 1ull << 30}, {"MiB", 1ull << 20}, {"KiB", 1ull << 10}, {"", 1}}};

/// Digits and a unit, or what is wrong.
result<std::uint64_t> parse_quantity(std::string_view text, const std::array<unit, 5>& units,
                                     std::uint64_t max, const std::string& grammar) {
  std::uint64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, count);
  const std::string_view name(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
  if (parsed.ec == std::errc::invalid_argument)
    return error{errc::malformed, "must be " + grammar};
  for (const auto& each : units) {
    if (each.name != name)
      continue;
    if (parsed.ec == std::errc::result_out_of_range || count > max / each.factor)
      return error{errc::limit_exceeded, "is too large"};
    return count * each.factor;
  }
  return error{errc::malformed, name.empty() ? "needs a unit: " + grammar
                                             : "has an unknown unit, must be " + grammar};
}

std::pair<std::uint64_t, std::string_view> in_largest_unit(std::uint64_t value,
                                                           const std::array<unit, 5>& units) {
  for (const auto& each : units)
    if (value != 0 && value % each.factor == 0)
      return {value / each.factor, each.name};
  return {value, units.back().name};
}

} // namespace

result<milliseconds> parse_duration(std::string_view text) {
  const auto count = parse_quantity(text, time_units, static_cast<std::uint64_t>(duration_max.count()),
                                    R"(a duration like "250ms", "30s", "5m", "1h" or "5d")");
  if (!count)
    return count.error();
  return milliseconds{static_cast<std::int64_t>(*count)};
}

std::string print_duration(milliseconds time) {
  if (time == time.zero())
    return "0s";
  const auto [count, name] = in_largest_unit(static_cast<std::uint64_t>(time.count()), time_units);
  return std::to_string(count) + std::string(name);
}

result<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, size_units, size_max,
                        R"(a number of bytes, or a size like "64KiB", "25MiB" or "1GiB")");
}

std::string print_size(std::uint64_t bytes) {
  const auto [count, name] = in_largest_unit(bytes, size_units);
  return std::to_string(count) + std::string(name);
}

} // namespace troupe::app
