// The world in which a schedule runs: a virtual clock, a network that breaks, disks that
// survive their nodes, and hosts that count what is delivered to them.

#pragma once

#include "tests/actors/policy/cluster/schedule.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <variant>

namespace troupe::support {

using wire = std::variant<policy::heartbeat, policy::shadow_message>;

struct mail_on_disk {
  policy::custody_row row;
  std::uint32_t settled = 0; ///< A bit for each recipient.
};

struct disk {
  policy::node_id id;
  std::uint16_t number = 0;
  std::uint64_t starts = 0;
  std::map<message_id, mail_on_disk> mail;
  std::map<policy::node_id, std::map<std::uint64_t, policy::peer_notice>> notices;
  std::map<policy::node_id, policy::member_row> members;
};

/// What became of one message.
struct fate {
  std::size_t recipients = 1;
  bool acked = false;
  std::size_t copies = 0;
  std::size_t erased_since = 0;
  std::size_t accepted_by = 0;
  std::int64_t due = 0; ///< Its host takes nothing before: some mail waits while nodes come and go.
  std::vector<std::vector<std::size_t>> delivered_by; ///< For each recipient the places.
};

class sim_node;

class world {
public:
  explicit world(const schedule& what);
  ~world();
  verdict run();

  void at(std::int64_t when, std::function<void()> what);
  std::int64_t now() const { return now_; }
  void post(std::size_t from, policy::node_id to, wire what, std::uint32_t settled);
  /// A node begins to deliver: is there another one that would, now?
  void begins(std::size_t by, message_id id);
  void delivered(std::size_t by, message_id id, std::size_t recipient);
  void acked(message_id id, std::size_t copies);
  fate& of(message_id id) { return fates_[id]; }

  const schedule& plan;
  dice chance;
  verdict result;

private:
  struct event {
    std::int64_t at;
    std::uint64_t order;
    std::function<void()> what;
    bool operator>(const event& other) const { return std::pair{at, order} > std::pair{other.at, other.order}; }
  };

  void begin(const planned_fault& x);
  void heal();
  void submit();
  bool all_done() const;
  void judge();
  std::vector<policy::member_row> rows_of_all() const;
  std::size_t place_of(policy::node_id id) const;
  void add_node();

  std::int64_t now_ = 0;
  std::uint64_t order_ = 0;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::map<message_id, fate> fates_;
  std::set<std::pair<std::size_t, std::size_t>> cut_; ///< From, to.
  int splits_ = 0;
  std::uint64_t lose_in_ = 0;                         ///< One in so many; 0: none.
  std::int64_t delay_ = 3;
  std::int64_t next_message_ = 1;
  std::uint64_t next_id_ = 0;
  std::size_t erased_ = 0;
  bool anything_broke_ = false;
  friend class sim_node;
};

/// A node: its disk stays, its machines come and go.
class sim_node {
public:
  sim_node(world& in, std::size_t place);

  void start();
  void stop();  ///< As a crash does it.
  void erase(); ///< @pre not running
  void pause(std::int64_t until);
  bool running() const { return rules_ != nullptr; }
  bool awake() const { return running() && paused_until_ <= in_.now(); }

  void accept(message_id id, std::size_t recipients);
  void receive(policy::node_id from, const wire& what, std::uint32_t settled);
  void move_some(policy::node_id to, std::size_t count, unsigned hops_max);
  void set_draining(bool draining);

  policy::member_row row() const;
  steady_time clock() const;

  disk kept;
  std::uint64_t run = 0; ///< Counts starts and stops: what belongs to an earlier one is void.
  std::unique_ptr<policy::membership> members;
  const policy::shadow* rules() const { return rules_.get(); }
  /// It owns the message, as far as it knows, and nothing keeps it from delivering it.
  bool would_deliver(message_id id) const;

private:
  struct settle_write { message_id id; std::uint32_t settled; bool all; };
  using line_item = std::variant<policy::shadow_action, settle_write>;

  void tick(std::uint64_t of_run);
  void turn(std::uint64_t of_run);
  void pump(std::uint32_t came_with = 0);
  void carry_out();
  bool is_write(const line_item& x) const;
  void apply(const line_item& x, std::uint32_t came_with);
  void apply_first(std::size_t count);
  void act(const policy::shadow_action& x);
  void deliver_some();
  void attempted(message_id id);
  void tell_peers();
  bool standing() const;

  world& in_;
  std::size_t place_;
  double rate_;
  std::int64_t offset_;
  std::int64_t paused_until_ = 0;
  bool draining_ = false;
  std::vector<std::function<void()>> asleep_; ///< What happens when it is woken.
  std::unique_ptr<policy::shadow> rules_;
  std::deque<std::pair<line_item, std::uint32_t>> line_; ///< Actions in order, with what came with the event.
  std::size_t committing_ = 0;
  std::set<message_id> queue_;
  std::set<message_id> busy_;
  std::map<message_id, std::uint32_t> settled_; ///< In memory; the disk may be behind.
  std::map<policy::node_id, std::uint64_t> sent_once_;
};

} // namespace troupe::support
