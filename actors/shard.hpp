// SHARD: the schedule of one slice of the queue. It decides what is tried when, and
// settles what came of it; the STORE beside it writes that down.
//
//   Place      STORE <-> [SHARD] <-> ROUTE; asks the SWITCHBOARD which one
//   Spawned    by the queue's SUPERVISOR, one for each STORE.
//   Dies       on shutdown, or of a bug.
//   Restarted  by the SUPERVISOR: the schedule comes from the STORE, and all that only
//              the dead one's memory held from the ledger: leases that are out stay out,
//              outcomes that are known are settled. Operators are told worker_lost.
//   Bound      active_messages_max and active_bytes_max in memory with their bodies;
//              of each destination as many leases as it answers for in a second (see
//              policy/lease_credit; lease_credit at most), lease_credit that wait for it
//              (no more than it may lease where memory is scarce), and its
//              destination_share of the bytes; nobody gets more than its share_of_rest of
//              what is free (twice all of that when nothing of the same sender waits: who sends
//              one letter does not stand behind who sends many); scheduled_max ids in
//              memory. All else is on disk.
//   States     serving -> draining: leases nothing more, ends when all is settled.

#pragma once

#include "actors/backpressure.hpp"
#include "actors/base_actor.hpp"
#include "actors/lease_ledger.hpp"
#include "actors/policy/lease_credit.hpp"
#include "actors/policy/schedule.hpp"
#include "actors/role.hpp"
#include "actors/span_book.hpp"
#include "actors/store.hpp"
#include "actors/switchboard.hpp"
#include "actors/waiting_line.hpp"

#include <caf/typed_actor.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::actors {

enum class queue_act : std::uint8_t { hold, release, retry, remove, bounce };

/// An operator's act on messages of this shard; ids that are elsewhere are passed over.
struct operate {
  queue_act act = queue_act::hold;
  std::vector<message_id> ids;
  std::string reason; ///< Shown with held and bounced messages.
};

/// How many messages it changed; on disk already.
struct operated {
  std::size_t count = 0;
};

/// Asks to let go of messages, since they are to leave the queue: another node owns them,
/// or is to. What is in memory is not leased any more. What is on disk only is not known
/// here: whoever withdraws sees to it that load_schedule and load_messages bring it no more.
/// A message that is announced again (batch_kept) is in the schedule as before.
struct withdraw {
  std::vector<message_id> ids;
};

struct withdrawn {
  std::vector<message_id> ids;  ///< Out of its hands; those that it never had are, too.
  std::vector<message_id> busy; ///< Leased, or on their way to disk: ask again.
};

struct explain_message {
  message_id id;
};

/// What this shard has to do with a message at the moment.
struct message_place {
  std::string where; ///< "leased", "waiting", "parked", "settling", "loading" or "scheduled".
  std::vector<std::string> destinations; ///< Names of next hops that hold or await it.
  std::vector<route_actor> routes;       ///< Of these destinations.
  milliseconds leased_for{0};            ///< The longest of its leases.
};

struct describe_shard {};

struct shard_view {
  std::size_t active = 0;
  std::size_t active_bytes = 0;
  std::size_t scheduled = 0;
  std::size_t parked = 0;
  std::size_t leased = 0;
  std::size_t settling = 0;
};

/// New rules for mail that is looked at from now on.
struct use_rules {
  std::shared_ptr<const policy::routing_table> routing;
  policy::settle_options settle;
};

struct shard_tick {};

using shard_actor = lessor_actor::extend<
  caf::replies_to<batch_kept>::with<batch_taken>, caf::reacts_to<store_opened>,
  caf::replies_to<operate>::with<operated>,
  caf::replies_to<withdraw>::with<withdrawn>,
  caf::replies_to<explain_message>::with<message_place>,
  caf::replies_to<describe_shard>::with<shard_view>,
  caf::reacts_to<use_rules>, caf::reacts_to<drain>, caf::reacts_to<shard_tick>>;

struct shard_options {
  unsigned number = 0;
  std::shared_ptr<lease_ledger> ledger; ///< The same for one SHARD after another.
  role_ptr<shard_inbox> inbox;          ///< By which its STORE reaches it; it casts itself.
  std::shared_ptr<const policy::routing_table> routing;
  policy::settle_options settle;
  std::shared_ptr<span_book> spans;     ///< Null: nobody traces.
  std::size_t active_messages_max = 5'000;
  std::size_t active_bytes_max = 32 * 1024 * 1024; ///< Of bodies in memory.
  std::size_t scheduled_max = 1'000'000;
};

/// Messages read from disk with one request.
inline constexpr std::size_t load_batch_max = 256;
/// Entries of the schedule read with one request.
inline constexpr std::size_t schedule_page_max = 10'000;
/// Leases with one destination, and again as many that wait for it in memory, at most.
inline constexpr std::size_t lease_credit = policy::lease_credit_options{}.most;
/// What only waits is looked at so often: it may have to be told of as late, or expire.
inline constexpr seconds sweep_interval{5};
/// Until a SWITCHBOARD that could not answer is asked again.
inline constexpr seconds ask_again_wait{1};
/// What is in memory for one destination is at most this part of active_bytes_max, or
/// one message: a slow peer must not keep everybody else's mail out.
inline constexpr std::size_t destination_share = 8;
/// And at most this part of the messages and bytes that are free, or one message.
inline constexpr std::size_t share_of_rest = 4;

class shard final : public base_actor<shard_actor> {
public:
  shard(caf::actor_config& config, const house& home, const shard_options& options,
        role_ptr<store_actor> store, role_ptr<switchboard_actor> switchboard);

  const char* name() const override { return "shard"; }
  void on_exit() override;

protected:
  shard_actor::behavior_type make_behavior() override;

private:
  /// An operator waits until these are on disk.
  struct operation {
    caf::typed_response_promise<operated> promise;
    std::size_t unwritten = 0;
    std::size_t count = 0;
    std::optional<error> why; ///< Some could not be looked at.
  };
  using operation_ptr = std::shared_ptr<operation>;

  struct active_message {
    mail_ptr mail;
    body_ptr body;
    unsigned places = 0;     ///< Destinations that hold or await some of its recipients.
    unsigned unwritten = 0;  ///< Settlements that are not on disk yet.
    bool leaving = false;    ///< It was withdrawn: not to be leased again.
  };

  struct parked_message {
    message_id id;
    std::size_t bytes = 0; ///< Of its body in memory, once it is there again.
    wall_time look_again = wall_time::max(); ///< As in lease.
  };

  struct outstanding {
    lease_ptr what;
    caf::actor_addr with;
  };

  struct destination {
    policy::next_hop hop;
    route_actor route; ///< Null: none, or not yet.
    caf::actor_addr dead; ///< The route that ended last.
    steady_time valid_until{};
    steady_time ask_not_before{}; ///< Of the SWITCHBOARD, which did not answer.
    bool asking = false;
    policy::lease_credit credit;
    waiting_line waiting;
    std::unordered_map<message_id, outstanding> leased;
    /// On disk only: too much waits already. They take turns like what waits here.
    policy::turns<turn_owner, parked_message> parked{static_cast<std::size_t>(-1)};
    std::optional<parked_message> next_parked; ///< Its turn has come, but not yet its space.
    std::size_t bytes = 0;             ///< Of bodies that are in memory for it.
  };

  struct unwritten {
    settling what;
    operation_ptr operation;
  };

  batch_taken on_batch_kept(const batch_kept& x);
  void on_store_opened();
  void on_leases_returned();
  void on_attempt_finished(const attempt_finished& x);
  caf::result<operated> on_operate(const operate& x);
  withdrawn on_withdraw(const withdraw& x);
  void on_bring_back(const bring_back& x);
  message_place on_explain_message(const explain_message& x) const;
  shard_view on_describe_shard() const;
  void on_drain();
  void on_shard_tick();
  void on_down(const caf::down_msg& x);
  /// @param crash empty: it was ended by hand, and no letter is to blame
  void lose_route(const caf::actor_addr& who, const std::string& crash);

  void inherit();
  void load_page();
  void load_due();
  void load_parked(destination& from);
  /// Whether there is a place for a message: for what was parked, by its turn, there is.
  enum class admission : std::uint8_t { to_be_seen, granted };
  void load(std::vector<message_id> ids, admission whether = admission::to_be_seen);
  void on_loaded(const messages_loaded& x, admission whether);

  void consider(const keep_message& x);
  void activate(const keep_message& x, admission whether = admission::to_be_seen);
  [[nodiscard]] bool is_crowded(const destination& to, const turn_of& turn, std::size_t bytes) const;
  [[nodiscard]] bool is_scarce() const;
  /// Leases that all sessions of a next hop have in hand when they are busy.
  [[nodiscard]] static std::size_t sessions_hold(const policy::next_hop& hop);
  [[nodiscard]] std::size_t waiting_limit(const destination& to) const;
  void park(destination& to, const turn_of& turn, const keep_message& what);
  [[nodiscard]] static bool is_suspect(const queued_message& mail, const std::vector<std::size_t>& recipients);
  void lease_waiting(destination& to);
  void ask_route(const std::string& key);
  void on_route_found(const std::string& key, const route_found& x);
  void answer_waiting(destination& to, const outcome& same);

  void settle(message_id id, const std::vector<policy::attempt_result>& results, const lease_ptr& with);
  void put_off(const lease_ptr& what, const std::vector<policy::attempt_result>& results, seconds wait);
  void take_fate(active_message& message, policy::settlement fate,
                 const std::vector<policy::attempt_result>& results, const lease_ptr& with);
  void trace(const attempt_finished& x) const;
  void interrupt(const lease_ptr& what, const std::string& why);
  void apply(active_message& message, policy::settlement fate, const lease_ptr& with, operation_ptr by);
  void write(settling what, operation_ptr by);
  void flush();
  void on_written(const std::vector<unwritten>& all);
  void leave_place(destination& from, message_id id);
  void retire(message_id id);

  // shard_parking.cpp
  void give_back_memory(destination& from);
  void sweep(destination& from);
  [[nodiscard]] bool tell_if_late(const keep_message& what, const std::vector<std::size_t>& recipients);
  [[nodiscard]] wall_time look_again(const queued_message& mail) const;
  [[nodiscard]] wall_time first_look(const queued_message& mail) const;

  // shard_recalling.cpp
  void recall_more();
  void recall(const keep_message& found, const std::vector<std::size_t>& recipients);

  void change(const keep_message& found, policy::settlement fate, const operation_ptr& by);
  void act_on(message_id id, const keep_message& found, const operate& how, const operation_ptr& by);
  void finish_operation(const operation_ptr& by);

  void tell_held(const queued_message& mail, std::size_t recipient) const;
  void tell(const queued_message& mail, const policy::attempt_result& result,
            policy::settled_as as) const;
  [[nodiscard]] static bool is_parked_for(const destination& to, message_id id);
  void watch_links();
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] bool fits_share(std::size_t held, std::size_t more, std::size_t times = 1) const;
  [[nodiscard]] double throw_dice();

  shard_options options_;
  const role_ptr<store_actor> store_;
  const role_ptr<switchboard_actor> switchboard_;
  policy::schedule schedule_;
  steady_time swept_{};
  std::unordered_map<message_id, active_message> active_;
  std::size_t active_bytes_ = 0;
  std::unordered_map<std::string, destination> destinations_; ///< By next_hop::key.
  std::unordered_set<message_id> parked_;
  std::unordered_set<message_id> loading_;
  std::unordered_set<message_id> unwanted_; ///< Of `loading_`: withdrawn meanwhile.
  std::deque<put_off_mail> recalled_;  ///< To be looked at, load_batch_max at a time.
  bool recalling_ = false;             ///< The STORE has been asked for some of them.
  std::set<operation_ptr> operations_; ///< Not answered yet.
  std::vector<unwritten> unwritten_;
  std::vector<unwritten> being_written_; ///< The STORE has been asked to.
  bool settling_ = false; ///< It has not answered yet.
  bool paging_ = false;
  bool page_anew_ = false; ///< The page that is asked for is not to be believed.
  bool draining_ = false;
  watched_link route_link_;  ///< A ROUTE has all the leases it may have, and more wait.
  watched_link memory_link_; ///< Mail is due, and stays on disk until there is room.
  std::minstd_rand dice_{std::random_device{}()};
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::operate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::operated)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::withdraw)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::withdrawn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::explain_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::message_place)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_shard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::shard_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_rules)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::shard_tick)
