// How loud the event log is, shared by who is configured and who writes.

#pragma once

#include <cstdint>

namespace troupe {

enum class log_level : std::uint8_t { trace, debug, info, warn, error };
enum class log_format : std::uint8_t { json, text };

[[nodiscard]] constexpr const char* to_string(log_level level) noexcept {
  switch (level) {
    case log_level::trace: return "trace";
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warn: return "warn";
    case log_level::error: return "error";
  }
  return "error";
}

[[nodiscard]] constexpr const char* to_string(log_format format) noexcept {
  return format == log_format::json ? "json" : "text";
}

} // namespace troupe
