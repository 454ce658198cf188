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

  for (const auto& each : listeners_)
    caf::anon_send(each, actors::drain{});
  // A client in the middle of a long message may hold its session; the rest of the
  // house needs time too.
  if (!roll_->wait_gone("/inbound/", begun + config_.node.drain / sessions_share))
    log_.warn("drain_sessions_cut", {{"sessions", sessions()}});
  for (const auto& each : listeners_)
    end(each);

  for (const auto& each : shards_)
    caf::anon_send(each.shard, actors::drain{});
  if (switchboard_)
    caf::anon_send(switchboard_, actors::drain{});
  if (!roll_->wait_gone("/queue/shard/", deadline) || !roll_->wait_gone("/outbound/switchboard", deadline))
    return false;
  for (const auto& each : inbound_->queue.stores)
    end(each->now());
  for (const auto& each : inbound_->queue.spools)
    end(each->now());
  end(resolver_);
  if (!roll_->wait_gone("/", deadline))
    return false;
  before_close();
  release();
  log_.info("stopped", {{"seconds", std::chrono::duration<double>(steady_now() - begun).count()}});
  return true;
}

void node::release() {
  end(warden_);
  warden_ = nullptr;
  resolver_ = nullptr;
  switchboard_ = nullptr;
  listeners_.clear();
  shards_.clear();
  for (const auto& each : inbound_->queue.stores)
    each->vacate();
  for (const auto& each : inbound_->queue.spools)
    each->vacate();
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
