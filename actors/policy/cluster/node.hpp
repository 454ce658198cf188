// Words of the cluster: who a node is, which of its lives speaks, how loaded it is.

#pragma once

#include "net/core/time.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace troupe::policy {

/// Drawn at random when a node starts on an empty data_dir, and kept there: it names a
/// disk. A node whose disk is deleted comes back as another one. Zero is nobody.
struct node_id {
  std::uint64_t value = 0;

  friend auto operator<=>(const node_id&, const node_id&) = default;
};

/// Grows with each start (a counter on disk) and, within a run, each time that others
/// took the node for dead. A later life overrules all that was said of earlier ones.
struct node_life {
  std::uint64_t value = 0;

  friend auto operator<=>(const node_life&, const node_life&) = default;
};

inline constexpr unsigned node_life_bits = 20;

/// @pre starts > 0: how often this data_dir was started, this time included
[[nodiscard]] constexpr node_life first_life(std::uint64_t starts) noexcept {
  return {starts << node_life_bits};
}

/// What a node tells of itself with each heartbeat.
struct node_load {
  std::uint64_t queued = 0;     ///< Messages that it owns.
  milliseconds wait{0};         ///< How long one waits there that is due.
  std::uint64_t room_bytes = 0; ///< Of disk, above the reserve.
  bool draining = false;        ///< Moves its messages away, and takes no copies.
  bool leaving = false;         ///< Goes for good: the copies that it holds are made elsewhere.

  friend bool operator==(const node_load&, const node_load&) = default;
};

/// What nodes tell each other of a node. `number` stands in message ids: two members
/// with one number could give one id twice, so the second one is refused.
struct member_row {
  node_id id;
  std::string name;    ///< node.name; unique among the members.
  std::string address; ///< Where its links listen.
  std::uint16_t number = 0;
  node_life life;
  bool left = false; ///< In this life: it went for good, was forgotten or replaced.

  friend bool operator==(const member_row&, const member_row&) = default;
};

/// Spreads well, and is the same on every machine: rules that all compute alike use it.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  auto x = a + 0x9E3779B97F4A7C15u * (b + 1);
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

} // namespace troupe::policy

template <>
struct std::hash<troupe::policy::node_id> {
  std::size_t operator()(troupe::policy::node_id id) const noexcept {
    return static_cast<std::size_t>(id.value);
  }
};
