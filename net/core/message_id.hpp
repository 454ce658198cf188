// The name of a message: 63 bits that fit an SQLite rowid, 13 characters as text.
// Text and number sort alike, and both by time of birth.
//
//   bits   62..22         21..17    16..12   11..0
//   what   milliseconds   sequence  lane     node
//          since 2024     in a ms   who made it
//
// A lane is one maker within the node (an I/O thread, a shard), so no two makers
// ever share a lock for this. The node number is drawn once and kept on disk.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace troupe {

struct message_id {
  std::int64_t value = 0; ///< Zero is no message.

  friend auto operator<=>(const message_id&, const message_id&) = default;
};

inline constexpr unsigned lanes_max = 32;
inline constexpr unsigned node_numbers_max = 4096;

/// 13 characters of Crockford's alphabet in lower case.
[[nodiscard]] std::string to_string(message_id id);

/// Accepts either case. Fails with malformed.
[[nodiscard]] result<message_id> parse_message_id(std::string_view text);

/// The wall time that the id carries.
[[nodiscard]] wall_time born_at(message_id id) noexcept;

/// Makes the ids of one lane. Owned by one thread.
class id_source {
public:
  /// Ids start at `floor` even if the clock is behind it: whoever starts a node
  /// passes the time up to which ids may have been given before.
  /// @pre lane < lanes_max && node_number < node_numbers_max
  id_source(unsigned node_number, unsigned lane, wall_time floor);

  /// Never the same twice, whatever the clock does. More than 32 in a
  /// millisecond borrow from the milliseconds to come.
  [[nodiscard]] message_id next(wall_time now);

private:
  std::int64_t suffix_;
  std::int64_t last_tick_; ///< Milliseconds and sequence, as one number.
};

} // namespace troupe

template <>
struct std::hash<troupe::message_id> {
  std::size_t operator()(troupe::message_id id) const noexcept {
    // The lower half of a product knows nothing of the upper bits of its factor, and the
    // 12 lowest are the same for a whole node: one shard would get all its mail.
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15u >> 32);
  }
};
