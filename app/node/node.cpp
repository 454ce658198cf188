#include "app/node/node.hpp"

#include "actors/inspector.hpp"
#include "app/exit_code.hpp"
#include "app/node/io_thread.hpp"
#include "app/node/queue_files.hpp"

#include <caf/atom.hpp>

#include <algorithm>

namespace troupe::app {

namespace {

constexpr std::size_t messages_per_run = 64;
constexpr std::size_t spool_mailbox = 4096;

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

unsigned io_thread_count() { return std::min(cores(), lanes_max / 2); }

io::endpoint endpoint_of(const listener_config& door) { return {door.address.host, door.address.port}; }

const char* name_of(listener_kind kind) {
  switch (kind) {
    case listener_kind::mx: return "mx";
    case listener_kind::submission: return "submission";
    case listener_kind::lmtp: return "lmtp";
  }
  return "mx";
}

// Two listeners of one kind have different paths: "mx", "mx.2".
std::string door_name(const config& from, std::size_t index) {
  const auto kind = from.listeners[index].kind;
  std::size_t earlier = 0;
  for (std::size_t i = 0; i < index; ++i)
    earlier += from.listeners[i].kind == kind ? 1 : 0;
  return earlier == 0 ? name_of(kind) : name_of(kind) + ('.' + std::to_string(earlier + 1));
}

} // namespace

node::node(const config& from, actors::event_log& log)
  : config_(from), log_(log), house_{log_, metrics_, directory_} {}

node::~node() = default;

std::optional<start_failure> node::start() {
  started_at_ = steady_now();
  started_ = wall_now();
  auto made = make_rules(config_);
  if (!made)
    return start_failure{exit_bad_config, made.error().detail};
  rules_ = std::move(*made);
  const auto dns = make_resolver_options(config_);
  if (!dns)
    return start_failure{exit_bad_config, dns.error().detail};
  if (auto failed = open_data())
    return failed;

  system_config_.set("scheduler.policy", caf::atom("sharing"));
  system_config_.set("scheduler.max-threads", std::size_t{std::max(2u, cores())});
  system_config_.set("scheduler.max-throughput", messages_per_run);
  system_ = std::make_unique<caf::actor_system>(system_config_);
  for (unsigned i = 0; i < io_thread_count(); ++i)
    io_threads_.push_back(std::make_unique<io_thread>(
      *system_, id_source{identity_->number(), i, identity_->floor()}));
  if (auto failed = open_doors())
    return failed;

  inbound_ = std::make_shared<actors::inbound_house>(log_, metrics_, rules_.census,
                                                     config_.limits.body_memory);
  warden_ = system_->spawn<actors::warden>(house_, roll_);
  resolver_ = system_->spawn<actors::resolver>(house_, std::ref(io_threads_.front()->unit), *dns);
  watch(caf::actor_cast<caf::strong_actor_ptr>(resolver_), "/outbound/resolver");
  spawn_queue();
  if (shards_.empty())
    return start_failure{exit_internal, "no shard of the queue could be opened"};
  spawn_doors();
  for (auto& each : io_threads_)
    each->thread = std::thread([unit = &each->unit] { unit->run(); });
  return std::nullopt;
}

std::optional<start_failure> node::open_data() {
  auto lock = storage::data_dir_lock::acquire(config_.node.data_dir);
  if (!lock)
    return start_failure{lock.error().code == errc::refused ? exit_temporary : exit_not_permitted,
                         lock.error().detail};
  lock_.emplace(std::move(*lock));
  auto identity = storage::node_identity::open(config_.node.data_dir, wall_now(), steady_now());
  if (!identity)
    return start_failure{identity.error().code == errc::storage_full ? exit_temporary
                                                                     : exit_not_permitted,
                         identity.error().detail};
  identity_.emplace(std::move(*identity));
  return std::nullopt;
}

std::optional<start_failure> node::open_doors() {
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto at = endpoint_of(config_.listeners[i]);
    if (const auto free = io::is_free(at); !free)
      return start_failure{exit_unavailable, free.error().detail};
    for (auto& thread : io_threads_) {
      auto door = std::make_unique<actors::doorway>(thread->unit.loop(), door_name(config_, i));
      if (const auto open = door->acceptor.listen(at); !open)
        return start_failure{exit_unavailable, open.error().detail};
      thread->doors.push_back(std::move(door));
    }
  }
  return std::nullopt;
}

void node::watch(const caf::strong_actor_ptr& who, const std::string& path) {
  roll_->came(path);
  caf::anon_send(warden_, actors::watch{who, path});
}

void node::spawn_queue() {
  auto opened = open_shards(config_, identity_->floor(), started_);
  auto& queue = inbound_->queue;
  std::vector<actors::spool_actor> spools;
  std::vector<actors::io_unit*> units;
  for (auto& each : io_threads_)
    units.push_back(&each->unit);
  for (auto& each : opened) {
    if (!each.store) {
      log_.error("shard_set_aside", {{"actor", shard_directory(config_, each.number)},
                                     {"reason", each.why.detail}});
      aside_.push_back({each.number, each.why.detail});
      continue;
    }
    actors::store_options options;
    options.number = each.number;
    options.files = make_store_options(config_, each.number, identity_->floor(), started_);
    options.queue_bytes_max = config_.limits.queue_bytes / opened.size();
    options.notices.hostname = config_.node.hostname;
    options.node_number = identity_->number();
    options.lane = lanes_max / 2 + each.number;
    options.id_floor = identity_->floor();
    shard_parts parts;
    parts.number = each.number;
    parts.store = system_->spawn<actors::store, caf::detached>(
      house_, options, std::make_shared<std::unique_ptr<storage::queue_store>>(std::move(each.store)));
    watch(caf::actor_cast<caf::strong_actor_ptr>(parts.store),
          "/queue/store/" + std::to_string(each.number));
    queue.stores.push_back(actors::make_role(parts.store));
    spools.push_back(system_->spawn<actors::spool, caf::detached>(
      house_, each.number, storage::body_folder{options.files.directory}, spool_mailbox));
    queue.spools.push_back(actors::make_role(spools.back()));
    watch(caf::actor_cast<caf::strong_actor_ptr>(spools.back()),
          "/queue/spool/" + std::to_string(each.number));
    const auto inspector = system_->spawn<actors::inspector, caf::detached>(
      house_, each.number, options.files, parts.store, inspections_.get_token());
    watch(caf::actor_cast<caf::strong_actor_ptr>(inspector),
          "/queue/inspector/" + std::to_string(each.number));
    shards_.push_back(std::move(parts));
  }
  if (shards_.empty())
    return;
  switchboard_ = system_->spawn<actors::switchboard>(house_, rules_.outbound, units,
                                                     spools, resolver_);
  watch(caf::actor_cast<caf::strong_actor_ptr>(switchboard_), "/outbound/switchboard");
  for (auto& each : shards_) {
    actors::shard_options options;
    options.number = each.number;
    options.routing = rules_.routing;
    options.settle = rules_.settle;
    each.shard = system_->spawn<actors::shard>(house_, options, each.store, switchboard_);
    watch(caf::actor_cast<caf::strong_actor_ptr>(each.shard),
          "/queue/shard/" + std::to_string(each.number));
  }
}

void node::spawn_doors() {
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto inbound = make_inbound_rules(config_, config_.listeners[i], rules_);
    for (std::size_t t = 0; t < io_threads_.size(); ++t) {
      auto& thread = *io_threads_[t];
      auto& door = *thread.doors[i];
      door.house = inbound_;
      door.rules = inbound;
      const auto path = "/inbound/" + door.name + '/' + std::to_string(t);
      listeners_.push_back(system_->spawn<actors::listener>(house_, path, std::ref(thread.unit),
                                                            std::ref(door)));
      watch(caf::actor_cast<caf::strong_actor_ptr>(listeners_.back()), path);
    }
  }
}

std::string node::look_after() {
  const auto now = steady_now();
  if (now >= next_extension_) {
    next_extension_ = now + storage::id_reserve / 6;
    if (const auto done = identity_->extend(wall_now(), now); !done)
      log_.warn("identity_not_written", {{"reason", done.error().detail}});
  }
  return roll_->first_unexpected();
}

status node::reload(const config& next) {
  auto made = make_rules(next);
  if (!made)
    return made.error();
  rules_ = std::move(*made);
  inbound_->counted.set_limits(rules_.census);
  inbound_->memory->set_bytes_max(next.limits.body_memory);
  // Doors stay as they were opened; each takes on what its own table says now.
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto& door = i < next.listeners.size() ? next.listeners[i] : config_.listeners[i];
    const auto inbound = make_inbound_rules(next, door, rules_);
    for (std::size_t t = 0; t < io_threads_.size(); ++t)
      caf::anon_send(listeners_[i * io_threads_.size() + t], actors::use_inbound_rules{inbound});
  }
  for (const auto& each : shards_)
    caf::anon_send(each.shard, actors::use_rules{rules_.routing, rules_.settle});
  caf::anon_send(switchboard_, actors::use_outbound_options{rules_.outbound});
  return {};
}

} // namespace troupe::app
