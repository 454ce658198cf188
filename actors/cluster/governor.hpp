// GOVERNOR: one limit and one breaker for each next hop of the whole cluster.
//
//   Place      ROUTE <-> [GOVERNOR] <-> HUB; asks MEMBER who may lend
//   Spawned    by the cluster's SUPERVISOR, one for a node.
//   Dies       of bugs only.
//   Restarted  by the SUPERVISOR: it owns nothing then that it remembers, so what it had
//              lent it waits out; the ROUTES tell it within a second what they want.
//   Bound      governed_hops_max next hops with mail here, above it a ROUTE has this
//              node's share; lent_hops_max that it lends, above it requests go unanswered.
//   States     serving.
//
// Of each next hop one node is the owner, computed by all alike (policy::owner_of). There
// the hop's hop_lender lives; at each node with mail for it lives a hop_borrower. Only a
// mandated node lends: MEMBER is asked each time.

#pragma once

#include "actors/allowance.hpp"
#include "actors/base_actor.hpp"
#include "actors/cluster/mandate.hpp"
#include "actors/cluster/parcel.hpp"
#include "actors/policy/cluster/hop_borrower.hpp"
#include "actors/policy/cluster/hop_codec.hpp"
#include "actors/policy/cluster/hop_lender.hpp"
#include "actors/role.hpp"

#include <caf/typed_actor.hpp>

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

struct describe_limits {};

/// One next hop that this node has mail for, or lends.
struct limit_view {
  std::string hop;             ///< Empty: only lent, by its number; the name is the others'.
  policy::node_id owner;       ///< Zero: nobody is known.
  unsigned allowed = 0;        ///< Here, now.
  unsigned wanted = 0;
  bool cut_off = false;        ///< It lives on its share.
  std::optional<unsigned> out; ///< At its owner: what all could be using.
  policy::breaker_state breaker = policy::breaker_state::closed;
};
struct limits_view {
  std::vector<limit_view> all;
};

struct governor_tick {};

using governor_actor
  = allowance_giver::extend<caf::replies_to<parcel_came>::with<parcel_taken>,
                            caf::replies_to<describe_limits>::with<limits_view>, caf::reacts_to<governor_tick>>;

struct governor_options {
  policy::node_id self;
  milliseconds lease = seconds{30}; ///< Of each loan.
};

inline constexpr std::size_t governed_hops_max = 10'000;
inline constexpr std::size_t lent_hops_max = 50'000;
/// A hop that no ROUTE asks for any more is forgotten.
inline constexpr seconds governed_idle_max{60};

class governor final : public base_actor<governor_actor> {
public:
  governor(caf::actor_config& config, const house& home, const governor_options& options,
           role_ptr<parcel_sender> hub, role_ptr<mandate_giver> member);

  const char* name() const override { return "governor"; }

protected:
  governor_actor::behavior_type make_behavior() override;

private:
  struct hop {
    std::string name;
    policy::hop_options terms;
    policy::hop_borrower borrower;
    policy::node_id owner{};
    unsigned wanted = 0;
    steady_time asked_at{};
    lessee_actor route;
    std::optional<unsigned> told; ///< As it was last told.
    policy::breaker_state told_breaker = policy::breaker_state::closed;
  };
  struct lent_hop {
    policy::hop_options terms;
    policy::hop_lender lender;
    steady_time since;   ///< Of the mandate under which it lends.
    steady_time asked_at;
  };

  void on_ask_allowance(const ask_allowance& x);
  parcel_taken on_parcel(const parcel_came& x);
  void on_request(policy::node_id from, const policy::hop_request& x);
  void on_loan(const policy::loan& x);
  void on_tick();
  limits_view on_describe() const;

  void ask_owner(hop& of);
  void tell_route(hop& of);
  void set_owners();
  [[nodiscard]] std::optional<policy::loan> lend(policy::node_id to, const policy::hop_request& x, const mandate& held);
  void forget_idle();
  /// What nobody answers is asked again by the next tick, or by whoever wants sessions.
  template <class Use>
  void ask_member(Use use) {
    if (const auto member = member_->now())
      request(member, caf::infinite, ask_mandate{}).then(std::move(use), [](const caf::error&) {});
  }

  const governor_options options_;
  const role_ptr<parcel_sender> hub_;
  const role_ptr<mandate_giver> member_;
  std::unordered_map<std::uint64_t, hop> hops_;     ///< By the hash of their names.
  std::unordered_map<std::uint64_t, lent_hop> lent_;
  mandate known_; ///< As MEMBER last said; only for whom to ask.
};

/// The same on every node.
[[nodiscard]] std::uint64_t hop_number(std::string_view name) noexcept;

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_limits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::limits_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::governor_tick)
