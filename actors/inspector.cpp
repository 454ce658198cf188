#include "actors/inspector.hpp"

#include "actors/event_log.hpp"
#include "storage/queue_reader.hpp"

namespace troupe::actors {

inspector::inspector(caf::actor_config& config, const house& home, unsigned number,
                     const storage::queue_store_options& files, role_ptr<store_actor> store,
                     std::stop_token stop)
  : base_actor(config, home, {"inspector", "/queue/inspector/" + std::to_string(number), 2}),
    files_(files), store_(std::move(store)), stop_(std::move(stop)) {}

inspector_actor::behavior_type inspector::make_behavior() {
  send(this, begin_inspection{});
  return {
    [this](const begin_inspection&) {
      look();
      quit(caf::exit_reason::user_shutdown);
    },
  };
}

void inspector::look() {
  auto reader = storage::queue_reader::open(files_);
  if (!reader) {
    log().warn("inspection_failed", {{"actor", path()}, {"reason", reader.error().detail}});
    return;
  }
  const auto whole = (*reader)->integrity_check([this] {
    card().steps.fetch_add(1, std::memory_order_relaxed);
    return !stop_.stop_requested();
  });
  if (whole)
    log().debug("database_whole", {{"actor", path()}});
  else if (whole.error().code == errc::storage_failed)
    send<caf::message_priority::high>(store_->now(), set_shard_aside{whole.error().detail});
}

} // namespace troupe::actors
