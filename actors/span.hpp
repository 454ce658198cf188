// A span: one leg of a message's way, with its begin and how long it took, as tracing
// systems show it (OpenTelemetry). All spans of a message are one trace, on whatever
// node and after whatever restart: their numbers follow from the message's id.

#pragma once

#include "net/core/message_id.hpp"
#include "net/core/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::actors {

/// As OTLP numbers them.
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3 };

struct span_fact {
  std::string_view key; ///< A literal.
  std::variant<std::string, std::int64_t> value;
};

struct span {
  message_id message;
  std::string_view name;     ///< A literal.
  span_kind kind = span_kind::internal;
  std::uint64_t number = 0;  ///< Within its trace; never zero.
  std::uint64_t parent = 0;  ///< Zero: the root.
  wall_time begin{};
  std::chrono::microseconds took{0};
  bool failed = false;
  std::string fault;         ///< Of one that failed: one line.
  std::vector<span_fact> facts;
};

/// 16 bytes, as two numbers.
[[nodiscard]] std::array<std::uint64_t, 2> trace_number(message_id of) noexcept;
/// @param which tells spans of one name apart
[[nodiscard]] std::uint64_t span_number(message_id of, std::string_view name, std::uint64_t which = 0) noexcept;

} // namespace troupe::actors
