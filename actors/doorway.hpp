// What of a door outlives its LISTENER: the port, so that clients find it open while
// another LISTENER takes over, and the SESSIONS that the dead one had let in.

#pragma once

#include "actors/backpressure.hpp"
#include "actors/body_budget.hpp"
#include "actors/census.hpp"
#include "actors/door_book.hpp"
#include "actors/examiner.hpp"
#include "actors/gatekeeper.hpp"
#include "actors/filter_pool.hpp"
#include "actors/inbound_rules.hpp"
#include "actors/resolver.hpp"
#include "actors/session.hpp"
#include "actors/span_book.hpp"
#include "net/io/acceptor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace troupe::actors {

/// What all doors of a node share.
struct inbound_house {
  inbound_house(event_log& log, node_metrics& metrics, const census_limits& limits,
                std::uint64_t body_bytes_max)
    : counted(limits), book(log, metrics), spans(std::make_shared<span_book>(metrics)),
      memory(std::make_shared<body_budget>(body_bytes_max)),
      store_link(log, metrics, "session_store", seconds{1}),
      memory_link(log, metrics, "session_memory", milliseconds{0}) {}

  queue_doors queue;
  role_ptr<dns_pool_actor> dns = make_role<dns_pool_actor>(); ///< For block lists and the names of clients.
  const role_ptr<gatekeeper_actor> gatekeeper = make_role<gatekeeper_actor>();
  const role_ptr<examination_pool_actor> examination = make_role<examination_pool_actor>();
  /// Of FILTERS.
  const role_ptr<filter_pool_actor> filters = make_role<filter_pool_actor>();
  census counted;
  door_book book;
  const std::shared_ptr<span_book> spans;
  const std::shared_ptr<body_budget> memory;
  backpressure_link store_link;  ///< Waits for a STORE beyond the commit itself.
  backpressure_link memory_link; ///< Waits of those who hold more than the budget covers.
};

/// Belongs to the I/O thread: made and filled before it runs, then used by the LISTENER
/// and the SESSIONS on it only, and gone after them.
struct doorway {
  doorway(io::event_loop& loop, std::string door_name)
    : name(std::move(door_name)), acceptor(loop) {}

  const std::string name; ///< For metrics: "mx".
  io::acceptor acceptor;
  std::shared_ptr<inbound_house> house;
  inbound_rules_ptr rules; ///< For sessions that begin now.
  std::unordered_map<caf::actor_id, session_actor> sessions; ///< Each takes itself out.
  std::uint64_t welcomed = 0;
  bool draining = false;
};

} // namespace troupe::actors
