// ROUTE: everything on its way to one next hop.
//
//   Place      SHARD -> [ROUTE] -> DELIVERY, POSTMAN
//   Spawned    by the SWITCHBOARD, on demand.
//   Dies       when it has been idle for options.idle_max, or is told to drain.
//   Restarted  by the SWITCHBOARD when mail asks for it again. A SHARD learns of
//              the death by its monitor, and what it had leased is ready again.
//   Bound      each SHARD leases at most its credit (see shard.hpp); sessions are
//              at most the window, and the window at most connections_max.
//   States     open <-> resting (the host is dead: mail is answered "deferred" at
//              once, until the probe is due); -> draining.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/delivery.hpp"
#include "actors/policy/host_memory.hpp"
#include "actors/policy/rate_limit.hpp"
#include "actors/policy/window.hpp"
#include "actors/role.hpp"
#include "actors/store.hpp"
#include "actors/worker.hpp"
#include "net/dns/mail_route.hpp"

#include <caf/typed_actor.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troupe::actors {

/// Leases for this next hop, within the SHARD's credit. Sent urgent.
struct lease_messages {
  std::vector<lease_ptr> all;
};

/// New addresses of the hosts, from DNS.
struct refresh_hosts {
  dns::mail_plan plan;
};

struct describe_route {};

struct route_view {
  std::string name;
  std::string state;         ///< "open", "resting", "draining".
  std::size_t ready = 0;
  std::size_t in_hand = 0;
  std::size_t sessions = 0;
  unsigned window = 0;
  seconds rests_for{0};
  std::string rate;          ///< "1000/1m", or empty.
  std::string last_reply;
  std::uint64_t delivered = 0;
  std::uint64_t deferred = 0;
  std::uint64_t failed = 0;
};

/// Looks after itself once a second.
struct route_tick {};
/// The rate allows the next start, or a dead host may be probed.
struct start_waiting {};

using route_actor = foreman_actor::extend<
  caf::reacts_to<lease_messages>, caf::reacts_to<refresh_hosts>,
  caf::replies_to<describe_route>::with<route_view>, caf::reacts_to<drain>,
  caf::reacts_to<start_waiting>, caf::reacts_to<route_tick>>;

struct route_options {
  std::string name;                        ///< "mx:mx1.example.net", "smtp:127.0.0.1:2600".
  policy::next_hop hop;
  std::shared_ptr<const delivery_options> session;
  std::uint16_t mx_port = 25;
  std::string hostname;
  seconds idle_max{60};
  seconds probe_first{30};                 ///< As in policy::window_options.
  std::vector<io_unit*> units;             ///< DELIVERY goes to each in turn.
  std::vector<role_ptr<spool_actor>> spools;
};

/// Maildir writers of one route: each waits for the disk most of the time.
inline constexpr unsigned postmen_max = 4;

class route final : public base_actor<route_actor> {
public:
  route(caf::actor_config& config, const house& home, const route_options& options,
        dns::mail_plan plan);

  const char* name() const override { return "route"; }
  void on_exit() override;

protected:
  route_actor::behavior_type make_behavior() override;

private:
  struct worker {
    worker_actor handle;
    std::deque<lease_ptr> in_hand;
    bool leaving = false;
  };

  void on_lease_messages(const lease_messages& x);
  void on_attempt_ended(const attempt_ended& x);
  void on_session_ended(const session_ended& x);
  void on_down(caf::down_msg& x);
  route_view on_describe_route();
  void on_drain();
  void on_route_tick();

  void note_dialling(const dial_report& x);
  void start();
  void dismiss();
  void hire();
  bool hand_out(worker& to);
  void take_news(host_news news);
  void answer_resting();
  void give_back();
  void finish(attempt_finished what);
  void remember(const attempt_finished& what);
  [[nodiscard]] std::vector<dial_target> targets();
  [[nodiscard]] bool is_local() const;
  [[nodiscard]] std::size_t prefetch() const;
  [[nodiscard]] bool rate_allows(steady_time now);
  void wake_at(steady_time at);

  const route_options options_;
  dns::mail_plan plan_;
  policy::concurrency_window window_;
  std::optional<policy::rate_limit> rate_;
  policy::host_memory hosts_;
  std::deque<lease_ptr> ready_;
  std::map<caf::actor_addr, worker> workers_;
  std::size_t in_hand_ = 0;
  std::size_t next_unit_ = 0;
  std::uint64_t hired_ = 0;
  steady_time idle_since_ = steady();
  steady_time wake_at_{};
  std::string last_reply_;
  std::uint64_t delivered_ = 0;
  std::uint64_t deferred_ = 0;
  std::uint64_t failed_ = 0;
  bool draining_ = false;
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::lease_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::refresh_hosts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_route)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::start_waiting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::route_tick)
