// How a ROUTE comes by its workers: a function among its options, so that a test
// brings workers of its own.

#pragma once

#include "actors/delivery.hpp"
#include "actors/place_given.hpp"
#include "actors/pool.hpp"
#include "actors/role.hpp"
#include "actors/worker.hpp"

#include <caf/actor_system.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe::actors {

/// What a new worker has to know.
struct worker_post {
  std::string path;  ///< Of its ROUTE; the worker adds its kind and number.
  std::uint64_t number = 0;
  foreman_actor route;
  std::vector<dial_target> targets; ///< In the order to try.
};

using hire_worker = std::function<worker_actor(caf::actor_system&, const worker_post&)>;

/// DELIVERIES, on each of `units` in turn, with the SPOOLS in the same order.
/// @param first where the turns begin: routes of one session each share the units
/// @pre `units` and `spools` are not empty; `home` and the units outlive the route
[[nodiscard]] hire_worker hire_deliveries(const house& home,
                                          std::shared_ptr<const delivery_options> options,
                                          std::vector<io_unit*> units,
                                          std::vector<role_ptr<spool_actor>> spools, std::size_t first);

/// POSTMEN; `hostname` goes into file names and Delivered-To.
[[nodiscard]] hire_worker hire_postmen(const house& home, std::string hostname);

/// A session that its ROUTE would have: the POOL `delivery` hires it when there is a place
/// among all of the node.
struct outbound_session {
  worker_post post;
  hire_worker hire;
};

using delivery_pool_actor = pool_actor<outbound_session, place_given<worker_actor>>;

} // namespace troupe::actors
