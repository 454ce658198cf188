// ROUTE: everything on its way to one next hop.
//
//   Place      SHARD -> [ROUTE] -> DELIVERY (hired by the POOL `delivery`), POSTMAN
//   Spawned    by the SWITCHBOARD, on demand.
//   Dies       when it has been idle for options.idle_max (and its breaker had time for
//              a trial), or is told to drain. Its workers end with it.
//   Restarted  by the SWITCHBOARD when mail asks for it again. What it had not handed
//              out it gives back; of the rest a SHARD learns by its monitor.
//   Bound      each SHARD leases at most its credit (see shard.hpp); sessions are
//              at most the window, and the window at most connections_max. A place for
//              each among the node's is asked for, and waited for by place_wait_max.
//   In a cluster the GOVERNOR says how many sessions it may have, and whether the breaker,
//   which is the whole cluster's then, lets any through: less than it has is obeyed
//   within allowance_grace.
//   States     open <-> resting: its breaker is open, and mail is put off until a trial.
//              open <-> suspended by an operator: mail is put off too.
//              any -> draining.

#pragma once

#include "actors/allowance.hpp"
#include "actors/backpressure.hpp"
#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"
#include "actors/hiring.hpp"
#include "actors/policy/breaker.hpp"
#include "actors/policy/host_memory.hpp"
#include "actors/policy/mta_sts.hpp"
#include "actors/policy/rate_limit.hpp"
#include "actors/policy/window.hpp"
#include "actors/ready_mail.hpp"
#include "actors/store.hpp"
#include "actors/worker.hpp"
#include "net/dns/mail_route.hpp"

#include <caf/typed_actor.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

/// Leases for this next hop, within the SHARD's credit. Sent urgent.
struct lease_messages {
  std::vector<lease_ptr> all;
};

/// In force for the domains of a route, or null.
using sts_policy_ptr = std::shared_ptr<const policy::sts_policy>;

/// New addresses of the hosts, from DNS, and what the domain says about their certificates.
struct refresh_hosts {
  dns::mail_plan plan;
  sts_policy_ptr sts{};
};

/// An operator's: hands nothing out for so long. Sent urgent, as resume_handing and
/// act_on_breaker.
struct suspend_handing {
  seconds for_so_long{0};
};
struct resume_handing {};

struct describe_route {};

struct route_view {
  std::string name;
  std::string state;         ///< "open", "resting", "suspended", "draining".
  std::size_t ready = 0;
  std::size_t in_hand = 0;
  std::size_t sessions = 0;
  std::size_t places_asked = 0; ///< More it would have, and waits for among the node's.
  unsigned window = 0;
  seconds rests_for{0};      ///< Until the breaker lets a trial through; 0 while forced.
  seconds suspended_for{0};
  policy::breaker_view breaker;
  std::string rate;          ///< "1000/1m", or empty.
  std::string last_reply;
  std::uint64_t delivered = 0;
  std::uint64_t deferred = 0;
  std::uint64_t failed = 0;
};

/// Sessions that are more than the GOVERNOR allows have had their time to end.
struct end_excess {};
/// Looks after itself once a second.
struct route_tick {};
/// The rate allows the next start, the breaker a trial, or a worker may be hired again.
struct start_waiting {};

using route_actor = foreman_actor::extend<
  caf::reacts_to<use_allowance>, caf::reacts_to<end_excess>,
  caf::reacts_to<lease_messages>, caf::reacts_to<refresh_hosts>, caf::reacts_to<suspend_handing>,
  caf::reacts_to<resume_handing>, caf::reacts_to<act_on_breaker>,
  caf::replies_to<describe_route>::with<route_view>, caf::reacts_to<drain>,
  caf::reacts_to<start_waiting>, caf::reacts_to<route_tick>>;

struct route_options {
  std::string name;                        ///< "mx:mx1.example.net", "smtp:127.0.0.1:2600".
  policy::next_hop hop;
  hire_worker hire;
  role_ptr<delivery_pool_actor> places;    ///< Null: workers need no place among the node's.
  role_ptr<allowance_giver> governor;      ///< Null: its limits and its breaker are its own.
  std::uint16_t mx_port = 25;
  sts_policy_ptr sts;
  policy::breaker_options breaker;
  steady_time suspended_until{};           ///< The epoch: it is not.
  breaker_act breaker_by_hand = breaker_act::reset; ///< An operator holds it so; reset: none does.
  seconds idle_max{60};
  seconds worker_idle_max{5};              ///< A POSTMAN without work is sent home.
};

/// Maildir writers of one route: each waits for the disk most of the time.
inline constexpr unsigned postmen_max = 4;
/// What an operator stopped is put off for so long at a time, since he may resume it;
inline constexpr seconds put_off_max{60};
/// any put off mail a second later for each so many: a dead host with a long queue must not keep
/// the disk busy with putting it off.
inline constexpr std::size_t put_off_per_second = 500;
/// At most so many seconds apart, however many there are.
inline constexpr std::size_t put_off_spread_max = 60;
/// A host that went wrong with TLS where plaintext will do gets plaintext for so long.
inline constexpr policy::host_memory_options tls_broken_memory{10'000, seconds{600}, seconds{3600}};
/// A place among the node's sessions is waited for so long; then it is asked for anew.
inline constexpr seconds place_wait_max{600};
/// We had no descriptor, memory or place for a session; a session ends in less.
inline constexpr seconds starved_wait{1};

class route final : public base_actor<route_actor> {
public:
  route(caf::actor_config& config, const house& home, const route_options& options,
        dns::mail_plan plan);

  const char* name() const override { return "route"; }
  void on_exit() override;

protected:
  route_actor::behavior_type make_behavior() override;

private:
  /// A worker that the POOL was asked for.
  struct asked_place {
    bool on_trial = false;
    bool is_cancelled = false;
  };

  struct worker {
    worker_actor handle;
    std::deque<lease_ptr> in_hand;
    steady_time since; ///< Hired, or the last that ended in its hand.
    bool leaving = false;
    bool on_trial = false; ///< Of the half-open breaker; until its first letter is through.
  };

  void on_lease_messages(const lease_messages& x);
  void on_attempt_ended(const attempt_ended& x);
  void on_session_ended(const session_ended& x);
  void on_down(const caf::down_msg& x);
  route_view on_describe_route();
  void on_suspend(const suspend_handing& x);
  void on_resume();
  void on_act_on_breaker(const act_on_breaker& x);
  void on_drain();
  void on_route_tick();

  [[nodiscard]] const char* state_name() const;
  void show_state();

  // route_handing.cpp
  void start();
  void discard_all();
  bool hand_out(worker& to);
  [[nodiscard]] unsigned width() const;
  [[nodiscard]] bool wants_more() const;
  [[nodiscard]] bool has_use_for_another(steady_time now);
  bool hire();
  void ask_for_place(worker_post post, bool on_trial);
  void on_place_given(std::uint64_t ticket, const worker_actor& given);
  void on_no_place(std::uint64_t ticket, const error& why);
  void cancel_places();
  worker& adopt(worker_actor handle, bool on_trial);
  void dismiss();
  [[nodiscard]] std::vector<dial_target> targets();
  [[nodiscard]] policy::tls_need need_of(const std::string& host, const std::string& where) const;
  [[nodiscard]] bool is_local() const;
  [[nodiscard]] std::size_t prefetch() const;
  [[nodiscard]] bool rate_allows(steady_time now);
  void wake_at(steady_time at);

  // route_governed.cpp
  [[nodiscard]] bool is_governed() const { return options_.governor != nullptr; }
  void ask_governor();
  void on_use_allowance(const use_allowance& x);
  void on_end_excess();
  [[nodiscard]] unsigned needed() const;
  [[nodiscard]] bool has_trial_out() const;
  [[nodiscard]] policy::breaker_state breaker_state() const;
  [[nodiscard]] std::optional<bool> admit(steady_time now);
  void cancel_trial();

  // route_waiting.cpp
  [[nodiscard]] bool takes_nothing(steady_time now);
  void put_off_all();
  void put_off_overdue();
  void put_off(lease_ptr what, const std::string& why, seconds wait);
  void remember_put_off(const lease& what);
  void recall();
  void give_back();
  void note_breaker(const std::optional<policy::breaker_change>& change);

  // route_outcomes.cpp
  void note_dialling(const dial_report& x);
  void host_did_well(worker& by);
  void host_failed(const worker& by);
  void finish(attempt_finished what);
  void remember(const attempt_finished& what);

  const route_options options_;
  dns::mail_plan plan_;
  sts_policy_ptr sts_;
  policy::concurrency_window window_;
  policy::breaker breaker_;
  breaker_notes breaker_notes_;
  watched_link place_link_; ///< It waits for a place among the node's sessions.
  use_allowance allowance_; ///< Of those that are governed.
  unsigned asked_for_ = 0;  ///< Sessions, of the GOVERNOR.
  std::uint32_t good_news_ = 0; ///< Of the host, for the GOVERNOR.
  std::uint32_t bad_news_ = 0;
  std::optional<policy::rate_limit> rate_;
  policy::host_memory hosts_;
  policy::host_memory tls_broken_{tls_broken_memory};
  ready_mail ready_;
  std::map<caf::actor_addr, worker> workers_;
  std::map<std::uint64_t, asked_place> asked_; ///< By ticket.
  std::uint64_t tickets_ = 0;
  std::size_t in_hand_ = 0;
  std::uint64_t hired_ = 0;
  std::size_t put_off_ = 0; ///< Since it began to take nothing.
  /// What was put off while an operator has it so, to be brought back when he lets go.
  std::unordered_map<std::shared_ptr<lease_ledger>, std::unordered_map<message_id, std::vector<std::size_t>>> absent_;
  std::size_t absent_count_ = 0;
  steady_time hire_not_before_{};
  steady_time suspended_until_;
  steady_time idle_since_ = steady();
  steady_time wake_at_{};
  std::string last_reply_;
  std::uint64_t delivered_ = 0;
  std::uint64_t deferred_ = 0;
  std::uint64_t failed_ = 0;
  const char* shown_ = "";
  bool draining_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::lease_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::refresh_hosts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::suspend_handing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::resume_handing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::start_waiting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_tick)
