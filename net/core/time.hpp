// Two kinds of time that must not mix: deadlines are steady, what is stored or
// shown is wall time. A clock that jumps moves a retry, never a timeout.

#pragma once

#include <chrono>
#include <string>

namespace troupe {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;
using milliseconds = std::chrono::milliseconds;
using seconds = std::chrono::seconds;

[[nodiscard]] inline steady_time steady_now() { return std::chrono::steady_clock::now(); }
[[nodiscard]] inline wall_time wall_now() {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

/// RFC 5322 §3.3, in UTC: "Mon, 23 Nov 2026 12:15:59 +0000".
[[nodiscard]] std::string format_rfc5322(wall_time at);

/// RFC 3339 in UTC with milliseconds: "2026-11-23T12:15:59.042Z".
[[nodiscard]] std::string format_rfc3339(wall_time at);

} // namespace troupe
