#include "app/admin/storage_pool.hpp"

#include "actors/directory.hpp"
#include "actors/store_books.hpp"

namespace troupe::app {

actors::pool_view storage_pool(node& house, const std::vector<shard_look>& shards) {
  const auto& terms = house.configuration().pool.storage;
  actors::pool_view view;
  view.name = actors::storage_pool;
  view.state = house.draining() ? "draining" : "serving";
  view.min = view.max = static_cast<std::uint32_t>(shards.size());
  view.mailbox = terms.mailbox;
  view.buffer = terms.buffer;
  for (const auto& each : shards) {
    if (each.store)
      policy::add(view.numbers, each.store->jobs);
    else
      view.numbers.health.no_worker = true;
    if (const auto card = house.home().actors.find("/queue/store/" + std::to_string(each.number)))
      view.restarts += house.home().actors.view_of(*card).restarts;
  }
  view.numbers.wanted = shards.size();
  return view;
}

} // namespace troupe::app
