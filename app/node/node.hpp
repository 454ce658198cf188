// One node, composed: threads, actors, doors. `start` brings everything up in order,
// `stop` takes it down from the doors inward.

#pragma once

#include "actors/directory.hpp"
#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/house.hpp"
#include "actors/listener.hpp"
#include "actors/metrics.hpp"
#include "actors/shard.hpp"
#include "actors/warden.hpp"
#include "app/config/config.hpp"
#include "app/node/compose.hpp"
#include "storage/data_dir_lock.hpp"
#include "storage/node_identity.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace troupe::app {

/// Why a node could not start, and with which exit code (sysexits).
struct start_failure {
  int code;
  std::string what; ///< One line for the operator.
};

class node {
public:
  /// The parts that the operator's side (admin, metrics) talks to. Valid from `start`
  /// to `stop`.
  struct shard_parts {
    unsigned number = 0;
    actors::store_actor store;
    actors::shard_actor shard;
  };
  struct aside_shard {
    unsigned number = 0;
    std::string why;
  };

  node(const config& from, actors::event_log& log);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Returns once the doors are open. Nothing: it serves.
  [[nodiscard]] std::optional<start_failure> start();

  /// To be called about once a second by the main thread: keeps the id ceiling ahead
  /// of the clock. Says why the process must end, if it must.
  [[nodiscard]] std::string look_after();

  /// Puts into force what can be changed while running. Fails with what is wrong;
  /// then nothing is changed.
  [[nodiscard]] status reload(const config& next);

  /// Doors, sessions, routes, shards, stores, in this order, within node.drain in all.
  /// False at the deadline: then the process should leave at once, which loses
  /// nothing that was acknowledged.
  /// `before_close` is called once the house is quiet: after it nobody may ask it anything.
  [[nodiscard]] bool stop(const std::function<void()>& before_close);

  [[nodiscard]] const config& configuration() const noexcept { return config_; }
  [[nodiscard]] caf::actor_system& system() noexcept { return *system_; }
  [[nodiscard]] const actors::house& home() const noexcept { return house_; }
  [[nodiscard]] const std::vector<shard_parts>& shards() const noexcept { return shards_; }
  [[nodiscard]] const std::vector<aside_shard>& set_aside() const noexcept { return aside_; }
  [[nodiscard]] const actors::switchboard_actor& switchboard() const noexcept { return switchboard_; }
  [[nodiscard]] std::size_t sessions() const { return inbound_->counted.present(); }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] steady_time started_at() const noexcept { return started_at_; }

private:
  struct io_thread;

  std::optional<start_failure> open_data();
  std::optional<start_failure> open_doors();
  void spawn_queue();
  void spawn_doors();
  void watch(const caf::strong_actor_ptr& who, const std::string& path);
  void release();

  const config config_;
  actors::event_log& log_;
  actors::node_metrics metrics_;
  actors::directory directory_;
  const actors::house house_;
  rules rules_;
  std::optional<storage::data_dir_lock> lock_;
  std::optional<storage::node_identity> identity_;
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<std::unique_ptr<io_thread>> io_threads_;
  std::shared_ptr<actors::roll_call> roll_ = std::make_shared<actors::roll_call>();
  actors::warden_actor warden_;
  std::shared_ptr<actors::inbound_house> inbound_; ///< What all doors share; made before them.
  std::vector<shard_parts> shards_;
  std::vector<aside_shard> aside_;
  actors::resolver_actor resolver_;
  actors::switchboard_actor switchboard_;
  std::stop_source inspections_;
  std::vector<actors::listener_actor> listeners_; ///< Each address on each I/O thread, in order.
  steady_time started_at_{};
  wall_time started_{};
  steady_time next_extension_{};
  std::atomic<bool> draining_{false};
};

} // namespace troupe::app
