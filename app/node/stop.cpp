// How a node goes down: from the doors inward, each step with what is left of one
// deadline.

#include "app/node/io_thread.hpp"
#include "app/node/node.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

namespace troupe::app {

namespace {

/// Sessions that idle get their 421 at once; what is under way gets most of the time.
constexpr int sessions_share = 2;
/// The root and its groups; how long they may take to hear that the house closes.
constexpr std::size_t supervisors = 7;
constexpr seconds closing_max{1};

template <class Handle>
void end(const Handle& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
}

} // namespace

bool node::stop(const std::function<void()>& before_close) {
  const auto begun = steady_now();
  const auto deadline = begun + config_.node.drain;
  draining_ = true;
  inspections_.request_stop();
  log_.info("drain", {{"sessions", inbound_ ? sessions() : 0}});

  // Whoever is between death and restart comes back first, to be told as well.
  caf::anon_send(root_, actors::close_house{});
  if (!roll_->wait_closed(supervisors, begun + closing_max))
    log_.warn("drain_without_all", {{"reason", "a supervisor does not answer"}});
  for (const auto& each : listeners_)
    caf::anon_send(each->now(), actors::drain{});
  // A client in the middle of a long message may hold its session; the rest of the
  // house needs time too.
  if (!roll_->wait_gone("/inbound/", begun + config_.node.drain / sessions_share))
    log_.warn("drain_sessions_cut", {{"sessions", sessions()}});
  for (const auto& each : listeners_)
    end(each->now());

  for (const auto& each : shards_) {
    caf::anon_send(each.store->now(), actors::drain{});
    caf::anon_send(each.shard->now(), actors::drain{});
  }
  caf::anon_send(switchboard_->now(), actors::drain{});
  if (!roll_->wait_gone("/queue/shard/", deadline) || !roll_->wait_gone("/outbound/switchboard", deadline))
    return false;
  for (const auto& each : shards_) {
    end(each.store->now());
    end(each.spool->now());
  }
  // Nobody is left who waits for an answer.
  end(inbound_->examination->now());
  end(reporter_->now());
  end(exporter_->now());
  end(keeper_->now());
  end(fetchers_->now());
  end(dns_->now());
  end(places_->now());
  end(inbound_->gatekeeper->now());
  end(auth_->now());
  end(inbound_->filters->now());
  end(filter_desk_->now());
  for (const auto* group : {"/inbound/", "/filters/", "/queue/", "/outbound/", "/auth/"})
    if (!roll_->wait_gone(group, deadline))
      return false;
  save_book();
  before_close();
  release();
  log_.info("stopped", {{"seconds", std::chrono::duration<double>(steady_now() - begun).count()}});
  return true;
}

void node::release() {
  end(root_);
  root_ = nullptr;
  inbound_->examination->vacate();
  reporter_->vacate();
  exporter_->vacate();
  keeper_->vacate();
  fetchers_->vacate();
  dns_->vacate();
  places_->vacate();
  auth_->vacate();
  inbound_->gatekeeper->vacate();
  switchboard_->vacate();
  inbound_->filters->vacate();
  filter_desk_->vacate();
  listeners_.clear();
  for (const auto& each : shards_) {
    each.store->vacate();
    each.spool->vacate();
    each.shard->vacate();
    each.ledger->close();
  }
  shards_.clear();
  for (auto& each : io_threads_)
    each->unit.loop().release();
  for (auto& each : io_threads_)
    if (each->thread.joinable())
      each->thread.join();
  system_->await_all_actors_done();
  io_threads_.clear();
  system_.reset();
}

} // namespace troupe::app
