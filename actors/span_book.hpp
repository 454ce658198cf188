// Where SESSIONS and SHARDS leave their spans, until the SPAN_EXPORTER sends them away. Any
// thread may write. Nobody waits: what has no room is dropped and counted.

#pragma once

#include "actors/span.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <vector>

namespace troupe::actors {

class node_metrics;

/// Spans that wait to be sent.
inline constexpr std::size_t spans_max = 16'384;

class span_book {
public:
  /// Wants nothing until it is told a share.
  explicit span_book(node_metrics& metrics) : metrics_(metrics) {}

  /// @param share of the messages, 0 to 1. All spans of a message are wanted, or none.
  void set_share(double share) noexcept;
  /// Cheap: to be asked before a span is made.
  [[nodiscard]] bool wants(message_id of) const noexcept;

  void add(span what);
  /// The oldest first.
  [[nodiscard]] std::vector<span> take(std::size_t most);

private:
  node_metrics& metrics_;
  std::atomic<std::uint64_t> below_{0}; ///< Of 2^32.
  std::mutex mutex_;
  std::vector<span> spans_;
};

} // namespace troupe::actors
