// What a node knows in memory of each message that it has on disk together with others:
// who owns it and who else holds it. 24 bytes a message, in a table that is filled to
// between 44 and 88 %: 27 to 55 bytes, 35 on average. The rest is on disk only.

#pragma once

#include "actors/policy/cluster/node.hpp"
#include "net/core/message_id.hpp"

#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

namespace troupe::policy {

/// A node's place in a node_directory. Zero is nobody.
using node_index = std::uint16_t;

inline constexpr std::size_t holders_max = 4; ///< Of one message, its owner not counted.
inline constexpr std::size_t copies_max = 4;  ///< Of `copies`: the owner and three holders.

enum class custody_state : std::uint8_t {
  keeping, ///< Ours; its 250 is not decided.
  owned,   ///< Ours.
  moving,  ///< Ours until the peer says that it took it. Not to be delivered.
  taking,  ///< Ours since the owner was lost; others are being told.
  held,    ///< A copy for its owner.
};

struct custody {
  message_id id;
  std::array<node_index, holders_max> holders{}; ///< Others that have it, but the owner; zeros last.
  node_index owner = 0;
  std::uint16_t term = 0;     ///< Grows by each change of owner. The greater claim wins.
  std::uint8_t confirmed = 0; ///< A bit for each holder that said it holds for this owner.
  std::uint8_t hops = 0;      ///< How often it was handed over to share work.
  custody_state state = custody_state::owned;
};
static_assert(sizeof(custody) == 24);

/// Nodes by small numbers, in the order of their first mention; none is ever removed.
class node_directory {
public:
  [[nodiscard]] node_index index_of(node_id id);
  /// Nobody: the zero id.
  [[nodiscard]] node_id at(node_index index) const { return index == 0 ? node_id{} : ids_.at(index - 1u); }

private:
  std::vector<node_id> ids_;
  std::unordered_map<node_id, node_index> indexes_;
};

/// Open addressing. Pointers live until the next insert or erase.
class custody_table {
public:
  [[nodiscard]] custody* find(message_id id) noexcept;
  [[nodiscard]] const custody* find(message_id id) const noexcept;
  /// @pre not in the table yet
  custody& insert(const custody& made);
  void erase(message_id id);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Calls `see` with the id of up to `slots` slots that are in use, from `cursor` on, and
  /// returns where to go on, or zero after the last. What changes meanwhile may be missed
  /// or seen twice, so whoever must see all goes round until a round finds nothing.
  template <class See>
  std::size_t scan(std::size_t cursor, std::size_t slots, See see) const {
    for (; cursor < table_.size() && slots > 0; ++cursor, --slots)
      if (table_[cursor].id != message_id{})
        see(table_[cursor]);
    return cursor < table_.size() ? cursor : 0;
  }
  /// How many slots there are to go over.
  [[nodiscard]] std::size_t slots() const noexcept { return table_.size(); }

private:
  [[nodiscard]] std::size_t home(message_id id) const noexcept;
  void grow();

  std::vector<custody> table_;
  std::size_t size_ = 0;
};

} // namespace troupe::policy
