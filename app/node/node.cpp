#include "app/node/node.hpp"

#include "app/exit_code.hpp"
#include "app/node/io_thread.hpp"
#include "app/node/privileges.hpp"
#include "app/node/queue_files.hpp"

#include <caf/atom.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <random>
#include <sstream>

namespace troupe::app {

namespace {

constexpr std::size_t messages_per_run = 64;
constexpr seconds book_interval{60};
/// Of the greylist's file; more than its most entries take.
constexpr std::size_t book_bytes_max = 16 << 20;

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

/// A lane of ids for each, and one for the letters of the house itself.
unsigned io_thread_count() { return std::min(cores(), lanes_max / 2 - 1); }

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

std::optional<start_failure> node::start(const std::function<status()>& open_more) {
  started_at_ = steady_now();
  started_ = wall_now();
  auto made = make_rules(config_);
  if (!made)
    return start_failure{exit_bad_config, made.error().detail};
  made->outbound.delivery.reporter = reporter_for(*made);
  rules_.set(std::move(*made));
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
  if (const auto open = open_more(); !open)
    return start_failure{exit_unavailable, open.error().detail};
  if (!config_.node.user.empty()) {
    if (const auto given_up = give_up_root(config_.node.user, config_.node.data_dir); !given_up)
      return start_failure{exit_not_permitted, "node.user: " + given_up.error().detail};
  } else if (is_root()) {
    log_.warn("running_as_root", {{"reason", "node.user names nobody to become"}});
  }

  if (auto failed = open_queue())
    return failed;
  make_rooms();
  raise_curtain(*dns);
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
  auto key = open_login_key(config_.node.data_dir);
  if (!key)
    return start_failure{exit_not_permitted, key.error().detail};
  login_key_ = std::move(*key);
  login_rules_.set(make_login_rules(config_, rules_.get().logins, login_key_));
  return std::nullopt;
}

std::optional<start_failure> node::open_doors() {
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto at = endpoint_of(config_.listeners[i]);
    if (const auto free = io::is_free(at); !free)
      return start_failure{exit_unavailable, free.error().detail};
    for (auto& thread : io_threads_) {
      auto door = std::make_unique<actors::doorway>(thread->unit.loop(), door_name(config_, i));
      // A socket in the file system is one for all threads.
      const bool shared = config_.listeners[i].address.is_unix() && thread != io_threads_.front();
      const auto mode = static_cast<unsigned>(std::stoul(config_.listeners[i].mode, nullptr, 8));
      if (const auto open = shared ? door->acceptor.share(io_threads_.front()->doors.back()->acceptor)
                                   : door->acceptor.listen(at, mode);
          !open)
        return start_failure{exit_unavailable, open.error().detail};
      thread->doors.push_back(std::move(door));
    }
  }
  return std::nullopt;
}

std::optional<start_failure> node::open_queue() {
  for (auto& each : open_shards(config_, identity_->floor(), started_)) {
    if (each.store) {
      opened_.push_back(std::move(each));
      continue;
    }
    log_.error("shard_set_aside", {{"actor", shard_directory(config_, each.number)},
                                   {"reason", each.why.detail}});
    aside_.push_back({each.number, each.why.detail});
  }
  if (opened_.empty())
    return start_failure{exit_internal, "no shard of the queue could be opened"};
  return std::nullopt;
}

void node::make_rooms() {
  const auto rules = rules_.get();
  inbound_ = std::make_shared<actors::inbound_house>(log_, metrics_, rules.census, config_.limits.body_memory);
  inbound_->dns = dns_;
  inbound_->book.set_limits(rules.doors);
  open_book();
  for (const auto& each : opened_) {
    auto& parts = shards_.emplace_back();
    parts.number = each.number;
    inbound_->queue.stores.push_back(parts.store);
    inbound_->queue.spools.push_back(parts.spool);
  }
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto inbound = make_inbound_rules(config_, config_.listeners[i], rules);
    for (auto& thread : io_threads_) {
      thread->doors[i]->house = inbound_;
      thread->doors[i]->rules = inbound;
      listeners_.push_back(actors::make_role<actors::listener_actor>());
    }
  }
}

actors::role_ptr<actors::tls_reporter_actor> node::reporter_for(const rules& from) const {
  return from.outbound.tls_reports.from.is_null() ? nullptr : reporter_;
}

// Who greylisting has met: a restart is no reason to put everybody off again. It is a
// convenience, so a file that can't be read or written is only told.
void node::open_book() {
  std::ifstream file(book_file(), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const auto whole = text.str().substr(0, book_bytes_max);
  const auto line = whole.substr(0, whole.find('\n'));
  std::uint64_t seed = 0;
  std::from_chars(line.data(), line.data() + line.size(), seed);
  if (seed == 0) {
    std::random_device dice;
    seed = (std::uint64_t{dice()} << 32 | dice()) | 1;
  }
  book_seed_ = seed;
  inbound_->book.load(std::string_view{whole}.substr(std::min(line.size() + 1, whole.size())), seed, wall_now());
}

void node::save_book() {
  const auto known = inbound_->book.save();
  if (known.empty())
    return;
  const auto fresh = book_file() + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << book_seed_ << '\n' << known;
  file.close();
  if (!file || std::rename(fresh.c_str(), book_file().c_str()) != 0)
    log_.warn("greylist_not_written", {{"reason", fresh}});
}

std::string node::look_after() {
  const auto now = steady_now();
  if (now >= next_extension_) {
    next_extension_ = now + storage::id_reserve / 6;
    if (const auto done = identity_->extend(wall_now(), now); !done)
      log_.warn("identity_not_written", {{"reason", done.error().detail}});
  }
  if (now >= next_book_) {
    next_book_ = now + book_interval;
    save_book();
  }
  return roll_->why_fell();
}

status node::reload(const config& next) {
  auto made = make_rules(next);
  if (!made)
    return made.error();
  made->outbound.delivery.reporter = reporter_for(*made);
  rules_.set(*made);
  login_rules_.set(make_login_rules(next, made->logins, login_key_));
  inbound_->counted.set_limits(made->census);
  inbound_->book.set_limits(made->doors);
  inbound_->memory->set_bytes_max(next.limits.body_memory);
  // Doors stay as they were opened; each takes on what its own table says now.
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const auto& door = i < next.listeners.size() ? next.listeners[i] : config_.listeners[i];
    const auto inbound = make_inbound_rules(next, door, *made);
    for (std::size_t t = 0; t < io_threads_.size(); ++t)
      caf::anon_send(listeners_[i * io_threads_.size() + t]->now(), actors::use_inbound_rules{inbound});
  }
  for (const auto& each : shards_) {
    caf::anon_send(each.shard->now(), actors::use_rules{made->routing, made->settle});
    caf::anon_send(each.store->now(),
                   actors::use_disk_breaker{actors::disk_breaker(made->outbound.breaker)});
  }
  caf::anon_send(reporter_->now(), actors::use_tls_report_options{made->outbound.tls_reports});
  caf::anon_send(exporter_->now(), actors::use_span_terms{made->spans});
  caf::anon_send(switchboard_->now(), actors::use_outbound_options{made->outbound});
  caf::anon_send(inbound_->gatekeeper->now(), actors::use_login_rules{login_rules_.get()});
  caf::anon_send(filter_desk_->now(), make_filter_guards(*made));
  return {};
}

} // namespace troupe::app
