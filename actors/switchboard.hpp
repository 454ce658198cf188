// SWITCHBOARD: knows which ROUTE leads to a next hop, and makes it when there is none.
//
//   Place      SHARD -> [SWITCHBOARD] -> the pool "dns", STS_KEEPER; spawns ROUTES, which
//              ask the pool "delivery" for their sessions
//   Spawned    by the node at start.
//   Dies       on shutdown, or of a crash. Its ROUTES drain then.
//   Restarted  by its SUPERVISOR. It starts afresh: the SHARDS ask it again, and make
//              it spawn other ROUTES. What operators ordered stays in force, until the
//              node ends.
//   Bound      one question in flight for each destination of each SHARD;
//              plans_max DNS plans and suspensions_max suspensions are remembered. A
//              question that a RESOLVER died of is asked resolver_tries_max times.
//              While the DNS is ill (its breaker is open) it is not asked: then
//              find_route fails, and no attempt is counted.
//   States     serving -> draining (tells every ROUTE, ends after the last one).

#pragma once

#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"
#include "actors/resolver.hpp"
#include "actors/role.hpp"
#include "actors/route.hpp"
#include "actors/sts_keeper.hpp"

#include <caf/typed_actor.hpp>

#include <map>
#include <memory>
#include <optional>
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
  struct suspended_route {
    std::string name;
    seconds left{0};
  };

  std::vector<route_actor> all;
  std::vector<suspended_route> suspended; ///< Whether they stand now or not.
  policy::breaker_view dns;               ///< Of the questions to the DNS.
};

/// An operator's acts on a route, by its name. They outlive the ROUTE and the SWITCHBOARD,
/// but not the node: mail that is to be kept longer is held, by hand or by a rule.
struct suspend_route {
  std::string name;
  seconds for_so_long{0};
};
struct resume_route {
  std::string name;
};
struct set_breaker {
  std::string name; ///< Or `dns_breaker`.
  breaker_act act = breaker_act::reset;
};

/// The name of the breaker of all DNS questions; no route has it.
inline constexpr std::string_view dns_breaker = "dns";

/// How many ROUTES of that name stand, and have been told: one or none.
struct routes_told {
  std::size_t count = 0;
};

/// What all routes have in common.
struct outbound_options {
  delivery_options delivery;
  std::uint16_t mx_port = 25;
  std::string hostname;
  std::vector<std::string> sources; ///< Local addresses to send from; the first of the family.
  policy::breaker_options breaker;  ///< One for each route, and one for the DNS.
  role_ptr<allowance_giver> governor; ///< Of a cluster; null: a node alone.
  /// A DNS question waits so long for a RESOLVER, and then so long for its answer.
  milliseconds question_wait = seconds{30};
  tls_report_options tls_reports;
  std::shared_ptr<const sts_terms> sts; ///< Null: nobody's MTA-STS policy is asked for.
};

/// New terms for the routes to come; those that stand keep theirs until idle. Where the
/// breaker's terms differ, that of the DNS starts afresh.
struct use_outbound_options {
  outbound_options options;
};

inline constexpr std::size_t plans_max = 10'000;
inline constexpr std::size_t suspensions_max = 1'000;
/// Breakers that are held open or closed by hand.
inline constexpr std::size_t forced_breakers_max = 1'000;
inline constexpr unsigned resolver_tries_max = 3;
/// RESOLVERS that died are on their feet again by then.
inline constexpr milliseconds resolver_wait{200};

/// Its RESOLVER died of it, or before it.
struct ask_again {
  policy::next_hop hop;
  unsigned tries = 0;
};

using switchboard_actor = caf::typed_actor<
  // Fails with draining, mailbox_full (also while the DNS is ill) or worker_lost: then ask
  // again, it is no outcome.
  caf::replies_to<find_route>::with<route_found>,
  caf::replies_to<describe_routes>::with<routes_view>,
  // Fails with limit_exceeded: suspensions_max.
  caf::replies_to<suspend_route>::with<routes_told>,
  caf::replies_to<resume_route>::with<routes_told>,
  // Fails with not_found where no such ROUTE stands (and none that is held so did), and
  // with limit_exceeded: forced_breakers_max.
  caf::replies_to<set_breaker>::with<routes_told>,
  caf::reacts_to<ask_again>,
  caf::reacts_to<use_outbound_options>, caf::reacts_to<drain>>;

/// What one SWITCHBOARD leaves to the next. Only the one on stage uses it: the death of
/// one comes before the birth of the next.
struct switchboard_legacy {
  std::map<std::string, steady_time> suspended;  ///< Until when, by the route's name.
  std::map<std::string, breaker_act> breakers;   ///< Held open or closed, by the same name or `dns_breaker`.
};

class switchboard final : public base_actor<switchboard_actor> {
public:
  switchboard(caf::actor_config& config, const house& home, const outbound_options& options,
              std::vector<io_unit*> units, std::vector<role_ptr<spool_actor>> spools,
              role_ptr<dns_pool_actor> dns, role_ptr<delivery_pool_actor> places,
              std::shared_ptr<switchboard_legacy> legacy, role_ptr<sts_keeper_actor> keeper = {});

  const char* name() const override { return "switchboard"; }
  void on_exit() override;

protected:
  switchboard_actor::behavior_type make_behavior() override;

private:
  using found_promise = caf::typed_response_promise<route_found>;

  struct known_plan {
    dns::mail_plan plan;
    sts_policy_ptr sts;
    steady_time until;
  };

  caf::result<route_found> on_find_route(const find_route& x);
  void ask(const policy::next_hop& hop, unsigned tries);
  void on_question_failed(const policy::next_hop& hop, unsigned tries, const error& why);
  void on_question_lost(const policy::next_hop& hop, unsigned tries, const error& why);
  void answer_all(const std::string& key, const error& why);
  void on_hosts(const policy::next_hop& hop, unsigned tries, const dns::mail_plan& plan);
  void on_plan(const policy::next_hop& hop, const result<dns::mail_plan>& plan,
               const sts_policy_ptr& sts);
  route_found answer_for(const policy::next_hop& hop, const dns::mail_plan& plan,
                         const sts_policy_ptr& sts);
  route_actor route_to(const policy::next_hop& hop, const std::string& name,
                       const dns::mail_plan& plan, const sts_policy_ptr& sts);
  [[nodiscard]] hire_worker hiring_for(const policy::next_hop& hop, const std::string& name) const;
  caf::result<routes_told> on_suspend_route(const suspend_route& x);
  routes_told on_resume_route(const resume_route& x);
  caf::result<routes_told> on_set_breaker(const set_breaker& x);
  /// False when there is no room to remember it.
  [[nodiscard]] bool remember(const std::string& name, breaker_act act);
  void hold_dns_as_ordered();
  void note_dns(const std::optional<policy::breaker_change>& change);
  void on_use_outbound_options(const use_outbound_options& x);
  routes_view on_describe_routes();
  void on_drain();
  void forget_ended_suspensions();
  void on_down(const caf::down_msg& x);

  outbound_options options_;
  const std::vector<io_unit*> units_;
  const std::vector<role_ptr<spool_actor>> spools_;
  const role_ptr<dns_pool_actor> dns_;
  const role_ptr<delivery_pool_actor> places_;
  const role_ptr<sts_keeper_actor> keeper_; ///< May be null.
  std::map<std::string, route_actor> routes_;
  std::unordered_map<std::string, known_plan> plans_;               ///< By next_hop::key.
  std::unordered_map<std::string, std::vector<found_promise>> asked_; ///< The same.
  const std::shared_ptr<switchboard_legacy> legacy_;
  policy::breaker dns_breaker_;
  breaker_notes dns_notes_;
  bool draining_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::find_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_routes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::routes_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_outbound_options)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::suspend_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::resume_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::set_breaker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::routes_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ask_again)
