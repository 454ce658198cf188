// The four classes in which mail takes turns. What a sender asks for is finer
// (RFC 6710: -9..9); that value is kept, stored and passed on as it came, and its class
// is read off it wherever mail waits.

#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe {

enum class priority_class : std::uint8_t { low = 0, normal = 1, high = 2, urgent = 3 };

inline constexpr std::size_t priority_classes = 4;

/// Below zero low, 0 and 1 normal, 2 and 3 high, from 4 urgent.
[[nodiscard]] constexpr priority_class class_of(int mt_priority) noexcept {
  if (mt_priority < 0)
    return priority_class::low;
  if (mt_priority < 2)
    return priority_class::normal;
  return mt_priority < 4 ? priority_class::high : priority_class::urgent;
}

/// The level that stands for a class where nobody asked for one: -4, 0, 2, 4. The outer
/// ones are those that RFC 6710 has for "non-urgent" and "urgent".
[[nodiscard]] constexpr int level_of(priority_class which) noexcept {
  switch (which) {
    case priority_class::low: return -4;
    case priority_class::normal: return 0;
    case priority_class::high: return 2;
    case priority_class::urgent: return 4;
  }
  return 0;
}

[[nodiscard]] constexpr const char* to_string(priority_class which) noexcept {
  switch (which) {
    case priority_class::low: return "low";
    case priority_class::normal: return "normal";
    case priority_class::high: return "high";
    case priority_class::urgent: return "urgent";
  }
  return "normal";
}

} // namespace troupe
