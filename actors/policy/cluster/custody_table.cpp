#include "actors/policy/cluster/custody_table.hpp"

#include "net/core/expect.hpp"

#include <limits>
#include <utility>

namespace troupe::policy {

node_index node_directory::index_of(node_id id) {
  if (id == node_id{})
    return 0;
  if (const auto found = indexes_.find(id); found != indexes_.end())
    return found->second;
  TROUPE_EXPECT(ids_.size() < std::numeric_limits<node_index>::max());
  ids_.push_back(id);
  const auto index = static_cast<node_index>(ids_.size());
  indexes_.emplace(id, index);
  return index;
}

std::size_t custody_table::home(message_id id) const noexcept {
  return static_cast<std::size_t>(mix(static_cast<std::uint64_t>(id.value), 0)) & (table_.size() - 1);
}

custody* custody_table::find(message_id id) noexcept {
  return const_cast<custody*>(std::as_const(*this).find(id));
}

const custody* custody_table::find(message_id id) const noexcept {
  if (table_.empty())
    return nullptr;
  for (auto at = home(id);; at = (at + 1) & (table_.size() - 1)) {
    if (table_[at].id == id)
      return &table_[at];
    if (table_[at].id == message_id{})
      return nullptr;
  }
}

custody& custody_table::insert(const custody& made) {
  TROUPE_EXPECT(made.id != message_id{});
  if ((size_ + 1) * 8 > table_.size() * 7)
    grow();
  auto at = home(made.id);
  while (table_[at].id != message_id{})
    at = (at + 1) & (table_.size() - 1);
  ++size_;
  return table_[at] = made;
}

void custody_table::erase(message_id id) {
  auto* const found = find(id);
  if (found == nullptr)
    return;
  const auto mask = table_.size() - 1;
  auto hole = static_cast<std::size_t>(found - table_.data());
  // Whoever stands behind the hole and could stand in it moves up, so that none is cut off.
  for (auto at = (hole + 1) & mask; table_[at].id != message_id{}; at = (at + 1) & mask) {
    if (((at - home(table_[at].id)) & mask) < ((at - hole) & mask))
      continue;
    table_[hole] = table_[at];
    hole = at;
  }
  table_[hole] = {};
  --size_;
}

void custody_table::grow() {
  const auto old = std::exchange(table_, std::vector<custody>(table_.empty() ? 16 : table_.size() * 2));
  size_ = 0;
  for (const auto& each : old)
    if (each.id != message_id{})
      insert(each);
}

} // namespace troupe::policy
