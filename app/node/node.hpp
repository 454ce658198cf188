// One node, composed: threads, actors, doors. `start` brings everything up in order,
// `stop` takes it down from the doors inward.

#pragma once

#include "actors/directory.hpp"
#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/house.hpp"
#include "actors/listener.hpp"
#include "actors/metrics.hpp"
#include "actors/role.hpp"
#include "actors/roll_call.hpp"
#include "actors/shard.hpp"
#include "actors/supervisor.hpp"
#include "app/config/config.hpp"
#include "app/node/compose.hpp"
#include "app/node/current.hpp"
#include "app/node/queue_files.hpp"
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
    actors::role_ptr<actors::store_actor> store = actors::make_role<actors::store_actor>();
    actors::role_ptr<actors::spool_actor> spool = actors::make_role<actors::spool_actor>();
    actors::role_ptr<actors::shard_actor> shard = actors::make_role<actors::shard_actor>();
    std::shared_ptr<actors::lease_ledger> ledger = std::make_shared<actors::lease_ledger>();
  };
  struct aside_shard {
    unsigned number = 0;
    std::string why;
  };

  node(const config& from, actors::event_log& log);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Returns once the doors are open. Nothing: it serves. `open_more` is called while it
  /// is still who started it; root is given up after that.
  [[nodiscard]] std::optional<start_failure> start(const std::function<status()>& open_more);

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
  /// In force now; any thread may ask.
  [[nodiscard]] rules current_rules() const { return rules_.get(); }
  [[nodiscard]] actors::switchboard_actor switchboard() const { return switchboard_->now(); }
  [[nodiscard]] actors::dns_pool_actor dns() const { return dns_->now(); }
  [[nodiscard]] actors::gatekeeper_actor gatekeeper() const { return inbound_->gatekeeper->now(); }
  [[nodiscard]] actors::sts_keeper_actor sts_keeper() const { return keeper_->now(); }
  [[nodiscard]] actors::filter_desk_actor filter_desk() const { return filter_desk_->now(); }
  [[nodiscard]] actors::door_book& book() const { return inbound_->book; }
  [[nodiscard]] std::size_t sessions() const { return inbound_->counted.present(); }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] steady_time started_at() const noexcept { return started_at_; }

private:
  struct io_thread;

  std::optional<start_failure> open_data();
  std::optional<start_failure> open_doors();
  std::optional<start_failure> open_queue();
  void make_rooms();
  /// Null where nobody wants reports.
  [[nodiscard]] actors::role_ptr<actors::tls_reporter_actor> reporter_for(const rules& from) const;
  void open_book();
  void save_book();
  [[nodiscard]] std::string book_file() const { return config_.node.data_dir + "/greylist"; }
  void release();

  // The supervision tree, in the order in which its actors enter.
  void raise_curtain(const io::resolver_options& dns);
  actors::child_spec group(std::string path, std::vector<actors::child_spec> children);
  std::vector<actors::child_spec> queue_cast();
  std::vector<actors::child_spec> outbound_cast(const io::resolver_options& dns);
  std::vector<actors::child_spec> auth_cast();
  std::vector<actors::child_spec> filter_cast();
  std::vector<actors::child_spec> inbound_cast();
  actors::child_spec examination();
  std::vector<actors::child_spec> watch_cast();
  void add_shard(std::vector<actors::child_spec>& cast, std::size_t index);
  void add_door(std::vector<actors::child_spec>& cast, std::size_t index);

  const config config_;
  actors::event_log& log_;
  actors::node_metrics metrics_;
  actors::directory directory_;
  const actors::house house_;
  current<rules> rules_;
  std::optional<storage::data_dir_lock> lock_;
  std::optional<storage::node_identity> identity_;
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<std::unique_ptr<io_thread>> io_threads_;
  std::shared_ptr<actors::roll_call> roll_ = std::make_shared<actors::roll_call>();
  actors::supervisor_actor root_;
  std::shared_ptr<actors::inbound_house> inbound_; ///< What all doors share; made before them.
  std::vector<opened_shard> opened_;   ///< Until their STORES have taken them.
  std::vector<shard_parts> shards_;
  std::vector<aside_shard> aside_;
  const actors::role_ptr<actors::delivery_pool_actor> places_
    = actors::make_role<actors::delivery_pool_actor>();
  const actors::role_ptr<actors::dns_pool_actor> dns_ = actors::make_role<actors::dns_pool_actor>();
  const actors::role_ptr<actors::switchboard_actor> switchboard_
    = actors::make_role<actors::switchboard_actor>();
  const actors::role_ptr<actors::auth_pool_actor> auth_ = actors::make_role<actors::auth_pool_actor>();
  std::string login_key_;
  current<actors::login_rules_ptr> login_rules_; ///< What a restarted GATEKEEPER begins with.
  const actors::role_ptr<actors::fetch_pool_actor> fetchers_ = actors::make_role<actors::fetch_pool_actor>();
  const actors::role_ptr<actors::sts_keeper_actor> keeper_ = actors::make_role<actors::sts_keeper_actor>();
  const actors::role_ptr<actors::tls_reporter_actor> reporter_ = actors::make_role<actors::tls_reporter_actor>();
  const actors::role_ptr<actors::span_exporter_actor> exporter_ = actors::make_role<actors::span_exporter_actor>();
  const actors::role_ptr<actors::filter_desk_actor> filter_desk_
    = actors::make_role<actors::filter_desk_actor>();
  std::stop_source inspections_;
  std::vector<actors::role_ptr<actors::listener_actor>> listeners_; ///< Each address on each I/O thread, in order.
  steady_time started_at_{};
  wall_time started_{};
  std::uint64_t book_seed_ = 0;
  steady_time next_book_{};
  steady_time next_extension_{};
  std::atomic<bool> draining_{false};
};

} // namespace troupe::app
