#include "app/admin/parts.hpp"

#include "app/admin/ask.hpp"

namespace troupe::app {

std::vector<shard_look> look_at_shards(node& house, shard_question what, steady_time deadline) {
  auto& system = house.system();
  std::vector<question<actors::store_view>> stores;
  std::vector<question<actors::shard_view>> shards;
  for (const auto& each : house.shards()) {
    stores.push_back(
      ask<actors::store_view>(system, house.home(), each.store->now(), actors::describe_store{}));
    if (what == shard_question::store_and_shard)
      shards.push_back(
        ask<actors::shard_view>(system, house.home(), each.shard->now(), actors::describe_shard{}));
  }
  std::vector<shard_look> looks;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    auto& look = looks.emplace_back();
    look.number = house.shards()[i].number;
    if (const auto said = stores[i].await(deadline))
      look.store = *said;
    if (what == shard_question::store_only)
      continue;
    if (const auto said = shards[i].await(deadline))
      look.shard = *said;
  }
  return looks;
}

queue_totals total(const std::vector<shard_look>& shards) {
  queue_totals sum;
  for (const auto& each : shards) {
    if (!each.store) {
      sum.complete = false;
      continue;
    }
    const auto add = [&](storage::state_counts& to, message_state state) {
      to.messages += each.store->counts.of(state).messages;
      to.bytes += each.store->counts.of(state).bytes;
    };
    add(sum.queued, message_state::queued);
    add(sum.held, message_state::held);
    add(sum.copies, message_state::copy);
    sum.complete = sum.complete && each.store->counts.complete;
    if (each.store->oldest.value == 0)
      continue;
    const auto born = born_at(each.store->oldest);
    if (sum.oldest == wall_time{} || born < sum.oldest)
      sum.oldest = born;
  }
  return sum;
}

std::optional<double> drain_estimate(std::uint64_t queued, const mail_rates& now) {
  if (queued == 0)
    return 0.0;
  if (now.out_per_second <= 0)
    return std::nullopt;
  return static_cast<double>(queued) / now.out_per_second;
}

} // namespace troupe::app
