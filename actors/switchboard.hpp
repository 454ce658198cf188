// SWITCHBOARD: knows which ROUTE leads to a next hop, and makes it when there is none.
//
//   Place      SHARD -> [SWITCHBOARD] -> RESOLVER; spawns ROUTES
//   Spawned    by the node at start.
//   Dies       on shutdown only.
//   Restarted  never: its death ends the process, and the next start begins anew.
//   Bound      one question in flight for each destination of each SHARD;
//              plans_max DNS plans are remembered.
//   States     serving -> draining (tells every ROUTE, ends after the last one).

#pragma once

#include "actors/base_actor.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"
#include "actors/route.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

/// Which ROUTE leads there? `hop` is of a kind that has one.
struct find_route {
  policy::next_hop hop;
};

/// A route, or the outcome for all that wanted one.
struct route_found {
  route_actor route; ///< Null: `instead` it is.
  outcome instead;
  seconds valid_for{0}; ///< Ask again after that long.
};

struct describe_routes {};

struct routes_view {
  std::vector<route_actor> all;
};

/// What all routes have in common.
struct outbound_options {
  delivery_options delivery;
  std::uint16_t mx_port = 25;
  std::string hostname;
  std::vector<std::string> sources; ///< Local addresses to send from; the first of the family.
  seconds probe_first{30};          ///< Wait before a dead next hop's first probe.
};

/// New terms for the routes to come; those that stand keep theirs until idle.
struct use_outbound_options {
  outbound_options options;
};

inline constexpr std::size_t plans_max = 10'000;

using switchboard_actor = caf::typed_actor<
  caf::replies_to<find_route>::with<route_found>,
  caf::replies_to<describe_routes>::with<routes_view>,
  caf::reacts_to<use_outbound_options>, caf::reacts_to<drain>>;

class switchboard final : public base_actor<switchboard_actor> {
public:
  switchboard(caf::actor_config& config, const house& home, const outbound_options& options,
              std::vector<io_unit*> units, std::vector<role_ptr<spool_actor>> spools,
              role_ptr<resolver_actor> resolver);

  const char* name() const override { return "switchboard"; }
  void on_exit() override;

protected:
  switchboard_actor::behavior_type make_behavior() override;

private:
  using found_promise = caf::typed_response_promise<route_found>;

  struct known_plan {
    dns::mail_plan plan;
    steady_time until;
  };

  caf::result<route_found> on_find_route(const find_route& x);
  void ask(const policy::next_hop& hop);
  void on_plan(const policy::next_hop& hop, const result<dns::mail_plan>& plan);
  route_found answer_for(const policy::next_hop& hop, const dns::mail_plan& plan);
  route_actor route_to(const policy::next_hop& hop, const std::string& name,
                       const dns::mail_plan& plan);
  void on_down(const caf::down_msg& x);

  outbound_options options_;
  const std::vector<io_unit*> units_;
  const std::vector<role_ptr<spool_actor>> spools_;
  const role_ptr<resolver_actor> resolver_;
  std::map<std::string, route_actor> routes_;
  std::unordered_map<std::string, known_plan> plans_;               ///< By next_hop::key.
  std::unordered_map<std::string, std::vector<found_promise>> asked_; ///< The same.
  bool draining_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_routes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::routes_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_outbound_options)
