// Who enters the house, in which order, and which supervisor keeps them there. What a
// reload may have changed, a restarted actor reads afresh.

#include "actors/inspector.hpp"
#include "actors/place_pool.hpp"
#include "actors/watchdog.hpp"
#include "actors/worker_pool.hpp"
#include "app/node/io_thread.hpp"
#include "app/node/node.hpp"

#include <algorithm>

namespace troupe::app {

namespace {

using policy::restart_kind;

constexpr std::size_t spool_mailbox = 4096;

template <class Handle>
caf::strong_actor_ptr cast_as(const actors::role_ptr<Handle>& role, Handle player) {
  role->cast(player);
  return caf::actor_cast<caf::strong_actor_ptr>(player);
}

} // namespace

void node::raise_curtain(const io::resolver_options& dns) {
  root_ = system_->spawn<actors::supervisor>(
    house_, "/", make_supervision(config_),
    std::vector<actors::child_spec>{group("/queue", queue_cast()), group("/outbound", outbound_cast(dns)),
                                    group("/auth", auth_cast()), group("/filters", filter_cast()),
                                    group("/inbound", inbound_cast()),
                                    group("/watch", watch_cast())},
    roll_);
}

actors::child_spec node::group(std::string path, std::vector<actors::child_spec> children) {
  return {path, "supervisor", restart_kind::always,
          [this, path, all = std::move(children)] {
            return caf::actor_cast<caf::strong_actor_ptr>(system_->spawn<actors::supervisor>(
              house_, path, make_supervision(config_), all, roll_));
          }};
}

std::vector<actors::child_spec> node::queue_cast() {
  std::vector<actors::child_spec> cast;
  for (std::size_t i = 0; i < shards_.size(); ++i)
    add_shard(cast, i);
  opened_.clear();
  return cast;
}

void node::add_shard(std::vector<actors::child_spec>& cast, std::size_t index) {
  const auto parts = shards_[index];
  const auto number = std::to_string(parts.number);
  actors::store_options options;
  options.number = parts.number;
  options.files = make_store_options(config_, parts.number, identity_->floor(), started_);
  options.queue_bytes_max = config_.limits.queue_bytes / (shards_.size() + aside_.size());
  options.notices.hostname = config_.node.hostname;
  options.mailbox = config_.pool.storage.mailbox;
  options.buffer = std::max<std::size_t>(1, config_.pool.storage.buffer / shards_.size());
  options.timeout = config_.pool.storage.timeout;
  options.signers = [this]() -> authentication::signers_ptr {
    const auto terms = rules_.get().examination;
    return terms ? terms->signers : nullptr;
  };
  options.shard = actors::make_role<actors::shard_inbox>();

  // The first STORE finds it open, which told a good file from a bad one; the next opens it itself.
  const auto legacy = std::make_shared<actors::store_legacy>(
    id_source{identity_->number(), lanes_max / 2 + parts.number, identity_->floor()});
  legacy->opened = std::move(opened_[index].store);
  cast.push_back({"/queue/store/" + number, "store", restart_kind::always, [this, options, legacy, parts] {
                    auto mine = options;
                    mine.breaker = actors::disk_breaker(rules_.get().outbound.breaker);
                    return cast_as(parts.store,
                                   actors::store_actor{system_->spawn<actors::store, caf::detached>(
                                     house_, mine, legacy)});
                  }});
  cast.push_back({"/queue/spool/" + number, "spool", restart_kind::always, [this, options, parts] {
                    return cast_as(parts.spool,
                                   actors::spool_actor{system_->spawn<actors::spool, caf::detached>(
                                     house_, parts.number,
                                     storage::body_folder{options.files.directory}, spool_mailbox)});
                  }});
  cast.push_back({"/queue/inspector/" + number, "inspector", restart_kind::on_crash,
                  [this, options, parts] {
                    return caf::actor_cast<caf::strong_actor_ptr>(
                      system_->spawn<actors::inspector, caf::detached>(
                        house_, parts.number, options.files, parts.store, inspections_.get_token()));
                  }});
  cast.push_back({"/queue/shard/" + number, "shard", restart_kind::always, [this, options, parts] {
                    const auto rules = rules_.get();
                    actors::shard_options mine;
                    mine.number = parts.number;
                    mine.inbox = options.shard;
                    mine.ledger = parts.ledger;
                    mine.spans = inbound_->spans;
                    mine.routing = rules.routing;
                    mine.settle = rules.settle;
                    return cast_as(parts.shard, actors::shard_actor{system_->spawn<actors::shard>(
                                                  house_, mine, parts.store, switchboard_)});
                  }});
}

std::vector<actors::child_spec> node::outbound_cast(const io::resolver_options& dns) {
  std::vector<actors::child_spec> cast;
  using dns_pool = actors::worker_pool<actors::find_hosts, actors::hosts_found, actors::resolver_actor>;
  const auto hire = [this, dns](policy::worker_number number) {
    auto& unit = io_threads_[number % io_threads_.size()]->unit;
    return actors::resolver_actor{system_->spawn<actors::resolver>(
      house_, "/outbound/dns/" + std::to_string(number), std::ref(unit), dns,
      config_.pool.dns.timeout)};
  };
  using delivery_pool = actors::place_pool<actors::outbound_session, actors::worker_actor>;
  const auto seat = [this](const actors::outbound_session& x) { return x.hire(*system_, x.post); };
  const auto seats = std::make_shared<actors::place_legacy<actors::worker_actor>>();
  cast.push_back({"/outbound/delivery", "pool", restart_kind::always, [this, seat, seats] {
                    return cast_as(places_, actors::delivery_pool_actor{system_->spawn<delivery_pool>(
                                              house_, make_delivery_pool(config_), seat, seats)});
                  }});
  cast.push_back({"/outbound/dns", "pool", restart_kind::always, [this, hire] {
                    return cast_as(dns_, actors::dns_pool_actor{system_->spawn<dns_pool>(
                                           house_, make_dns_pool(config_), hire)});
                  }});
  cast.push_back(examination());
  using fetch_pool
    = actors::worker_pool<actors::fetch_page, actors::page_fetched, actors::page_fetcher_actor>;
  const auto hire_fetcher = [this](policy::worker_number number) {
    return actors::page_fetcher_actor{system_->spawn<actors::page_fetcher, caf::detached>(
      house_, "/outbound/fetch/" + std::to_string(number))};
  };
  cast.push_back({"/outbound/fetch", "pool", restart_kind::always, [this, hire_fetcher] {
                    return cast_as(fetchers_, actors::fetch_pool_actor{system_->spawn<fetch_pool>(
                                                house_, make_fetch_pool(config_), hire_fetcher)});
                  }});
  cast.push_back({"/outbound/sts", "sts_keeper", restart_kind::always, [this] {
                    return cast_as(keeper_, actors::sts_keeper_actor{
                                              system_->spawn<actors::sts_keeper, caf::detached>(
                                                house_, config_.node.data_dir + "/mta-sts", dns_, fetchers_)});
                  }});
  // Beside the lanes of the I/O threads and the STORES.
  const auto ids = std::make_shared<id_source>(
    id_source{identity_->number(), lanes_max / 2 - 1, identity_->floor()});
  cast.push_back({"/outbound/tls-reports", "tls_reporter", restart_kind::always, [this, ids] {
                    return cast_as(reporter_, actors::tls_reporter_actor{
                                                system_->spawn<actors::tls_reporter>(
                                                  house_, rules_.get().outbound.tls_reports, dns_,
                                                  inbound_->queue.stores, ids)});
                  }});
  cast.push_back({"/outbound/spans", "span_exporter", restart_kind::always, [this] {
                    return cast_as(exporter_, actors::span_exporter_actor{
                                                system_->spawn<actors::span_exporter>(
                                                  house_, rules_.get().spans,
                                                  actors::span_source{config_.node.name, TROUPE_VERSION},
                                                  inbound_->spans, dns_, fetchers_)});
                  }});
  const auto orders = std::make_shared<actors::switchboard_legacy>();
  cast.push_back({"/outbound/switchboard", "switchboard", restart_kind::always, [this, orders] {
                    std::vector<actors::io_unit*> units;
                    for (auto& each : io_threads_)
                      units.push_back(&each->unit);
                    return cast_as(switchboard_,
                                   actors::switchboard_actor{system_->spawn<actors::switchboard>(
                                     house_, rules_.get().outbound, units, inbound_->queue.spools,
                                     dns_, places_, orders, keeper_)});
                  }});
  return cast;
}

std::vector<actors::child_spec> node::auth_cast() {
  using auth_pool = actors::worker_pool<actors::check_secret, actors::secret_checked, actors::password_checker_actor>;
  const auto terms = make_auth_pool(config_);
  const auto hire = [this, terms](policy::worker_number number) {
    return actors::password_checker_actor{system_->spawn<actors::password_checker, caf::detached>(
      house_, terms.path + '/' + std::to_string(number), config_.pool.auth.timeout, terms.pool.mailbox)};
  };
  return {{terms.path, "pool", restart_kind::always, [this, terms, hire] {
             return cast_as(auth_, actors::auth_pool_actor{system_->spawn<auth_pool>(house_, terms, hire)});
           }},
          {"/auth/gatekeeper", "gatekeeper", restart_kind::always, [this] {
             return cast_as(inbound_->gatekeeper,
                            actors::gatekeeper_actor{system_->spawn<actors::gatekeeper>(
                              house_, login_rules_.get(), auth_)});
           }}};
}

std::vector<actors::child_spec> node::inbound_cast() {
  std::vector<actors::child_spec> cast;
  for (std::size_t i = 0; i < config_.listeners.size(); ++i)
    add_door(cast, i);
  return cast;
}

std::vector<actors::child_spec> node::watch_cast() {
  return {{"/watch/watchdog", "watchdog", restart_kind::always, [this] {
             return caf::actor_cast<caf::strong_actor_ptr>(
               system_->spawn<actors::watchdog>(house_, roll_));
           }}};
}

void node::add_door(std::vector<actors::child_spec>& cast, std::size_t index) {
  for (std::size_t t = 0; t < io_threads_.size(); ++t) {
    auto& unit = io_threads_[t]->unit;
    auto& door = *io_threads_[t]->doors[index];
    const auto role = listeners_[index * io_threads_.size() + t];
    const auto path = "/inbound/" + door.name + '/' + std::to_string(t);
    cast.push_back({path, "listener", restart_kind::always, [this, path, role, &unit, &door] {
                      return cast_as(role, actors::listener_actor{system_->spawn<actors::listener>(
                                             house_, path, std::ref(unit), std::ref(door))});
                    }});
  }
}

} // namespace troupe::app
