// The rules of copies, as a pure machine: who holds a message with us, when its 250 may be
// said, who learns that it is settled, who takes over when its owner is lost, and what a
// node asks when it comes back. Events and the time go in, actions come out (shadow_words).
//
//   a message is        becomes   when
//   keeping  (ours)     owned     it is on disk here and enough holders have it: 250
//   owned    (ours)     moving    it is handed to a peer             held    by a greater claim
//   moving   (ours)     held      the peer took it                   taking  the peer is lost
//   held     (a copy)   taking    its owner is lost, this node has standing, and it is our turn
//   taking   (ours)     owned     the other holders know, or `claim_wait` is over
//   any                 gone      some node says that it is settled; of copies also: released
//
// What holds whatever is lost on the way: a message leaves a disk only when some node has
// settled it on its own disk, or when the owner of the greatest claim known here released
// it. A claim only ever gives way to a greater one, so the greatest is never given up.
// Knowing different things, two nodes may deliver the same message; none drops it.
//
// A holder counts only after it said so to this owner, under this claim.
//
// On disk, in the store of the node (a row lives as long as the message does here):
//   custody(id, owner, term, hops, confirmed, holders)   each message that others hold too
//   notices(peer, sequence, id, kind, owner, term, recipients)
//   the copies themselves: envelope, body, and which recipients are settled
// In memory: 24 bytes for each message (custody_table), one window of notices a peer, and
// the bounded tables of what is under way.
//
// Delivering: `may_deliver`, and membership::standing at that moment.

#pragma once

#include "actors/policy/cluster/custody_table.hpp"
#include "actors/policy/cluster/holders.hpp"
#include "actors/policy/cluster/outbox.hpp"
#include "actors/policy/cluster/shadow_words.hpp"
#include "net/core/result.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace troupe::policy {

enum class short_rule : std::uint8_t { accept, refuse };

struct shadow_options {
  unsigned copies = 2; ///< With this node's own; 1 to copies_max.
  short_rule when_short = short_rule::accept;
  milliseconds keep_try = seconds{2};    ///< Then another holder is asked as well.
  milliseconds keep_total = seconds{6};  ///< Then it is short.
  milliseconds claim_wait = seconds{1};  ///< For the other holders to hear that it was taken over.
  milliseconds turn = seconds{4};        ///< The next holder takes over when the one before it has not.
  milliseconds return_wait = seconds{10}; ///< For peers that are reachable but do not tell.
  milliseconds ask_again = milliseconds{500};
  milliseconds check_every = seconds{30}; ///< Between two rounds over the copies held.
  std::size_t keeping_max = 10'000;       ///< Messages whose 250 waits. Above it: refused.
  std::size_t copying_max = 64;           ///< Copies that are being made anew.
  std::size_t moving_max = 64;
  std::size_t taking_max = 16'384;
  std::size_t scan_slots = 65'536;        ///< Of the table that a tick goes over.
  std::size_t check_page = 512;
  std::size_t settled_kept = 4096;        ///< Latest settled ids, so that what comes late is not taken for new.
  outbox_options out;
};

/// Fails with malformed; detail names the field.
[[nodiscard]] status check(const shadow_options& options);

struct shadow_counts {
  std::uint64_t owned = 0;
  std::uint64_t held = 0;
  std::uint64_t short_of_copies = 0; ///< Accepted with fewer than asked.
  std::uint64_t refused = 0;
  std::uint64_t taken_over = 0;
  std::uint64_t taken_by_others = 0;
  std::uint64_t copied_anew = 0;
  std::uint64_t moved_out = 0;
  std::uint64_t moved_in = 0;
};

class shadow {
public:
  shadow(const shadow_options& options, node_id self, node_life life, steady_time now);

  // The rows that are on disk, in any order of ids; of notices ascending for each peer.
  // Until `restored`, messages are kept and notices heard, but nobody is told anything.
  void restore(const custody_row& row);
  void restore(node_id to, const peer_notice& what, steady_time now);
  void restored(steady_time now);

  // From membership.
  void set_peers(std::vector<peer_status> peers);
  void peer_lost(node_id id, steady_time now);
  void peer_returned(node_id id);
  void standing_changed(bool gained, node_life life, steady_time now);
  /// @param standing membership::standing(now)
  void tick(steady_time now, bool standing);
  [[nodiscard]] steady_time deadline() const;

  /// A message was received whole. Exactly one accept_message or refuse_message follows.
  /// @pre not known yet
  void keep(message_id id, std::uint64_t bytes, steady_time now);
  /// The disk has what `keep_here` asked for.
  void kept_here(message_id id, steady_time now);
  /// The disk refused it.
  void not_kept_here(message_id id, steady_time now);

  /// To be asked when the outcome is known and before it is on disk: the writes that
  /// follow belong into the same transaction. A crash before it delivers again.
  void settled(message_id id, steady_time now);
  void settled(message_id id, std::vector<std::uint16_t> recipients, steady_time now);

  /// It is in the queue here, and nobody was asked to hold it: a notice of our own, or mail
  /// from before there was a cluster. Its copies are made as if a holder were lost.
  void own(message_id id);
  /// Up to `limit` messages that may be moved: ours, not under way, moved less often than
  /// `hops_max`. The next call goes on behind them; empty once in each round.
  [[nodiscard]] std::vector<message_id> movable(std::size_t limit, unsigned hops_max);
  /// Calls `see` with each custody. Nothing may be told to the machine meanwhile.
  template <class See>
  void each(See see) const {
    table_.scan(0, table_.slots(), see);
  }

  /// Hands a message over. False: not now (not ours, at its hop limit, under way, or the
  /// peer takes nothing). While true, `may_deliver` is false; the owner of this machine
  /// asks only for messages that are not being delivered.
  bool move(message_id id, node_id to, std::uint64_t bytes, unsigned hops_max, steady_time now);

  /// @param has_room the disk takes what the message brings
  void receive(node_id from, const shadow_message& what, bool has_room, steady_time now);
  void notices_loaded(node_id to, const std::vector<peer_notice>& some, bool all, steady_time now);

  [[nodiscard]] std::optional<shadow_action> next();

  /// Is it ours, and is nothing in the way but standing? Messages that nobody else holds
  /// need no standing: `needs_standing`.
  [[nodiscard]] bool may_deliver(message_id id) const;
  [[nodiscard]] bool needs_standing(message_id id) const;
  [[nodiscard]] const custody* find(message_id id) const { return table_.find(id); }
  [[nodiscard]] node_id node_at(node_index index) const { return nodes_.at(index); }
  [[nodiscard]] bool serving() const noexcept { return serving_; }
  [[nodiscard]] const shadow_counts& counts() const noexcept { return counts_; }

private:
  struct attempt {
    std::uint64_t number;
    node_id to;
    steady_time until;
  };
  struct pending { ///< A 250 that waits.
    std::uint64_t bytes;
    bool here = false;
    std::vector<node_id> on_disk; ///< Whom the row that is written first names.
    std::vector<attempt> asked;
    std::vector<node_id> tried;
    std::vector<node_id> have;
    steady_time until;
  };
  struct lost_node {
    steady_time since;
    steady_time round_at; ///< When the next round over the table begins.
    bool found_some = false;
    std::size_t cursor = 0;
  };
  struct asker {
    node_life life;
    std::uint64_t mark;
  };
  struct taken {
    message_id id;
    steady_time until;
  };

  // shadow.cpp
  custody_row row_of(const custody& x) const;
  void write(const custody& x, bool with_message = false);
  outbox& box(node_id to);
  void notify(node_id to, peer_notice what, steady_time now);
  void notify_holders(const custody& x, const peer_notice& what, node_id except, steady_time now);
  const peer_status* peer(node_id id) const;
  bool reachable(node_id id) const;
  bool is_good(node_id id) const;
  int slot_of(const custody& x, node_id id) const;
  bool put_holder(custody& x, node_id id, bool confirmed);
  void drop_holder(custody& x, node_id id);
  std::size_t good_holders(const custody& x) const;
  void forget(message_id id);
  void remember_settled(message_id id);
  void send(node_id to, shadow_message what) { todo_.push_back(send_to{to, std::move(what)}); }

  // shadow_keeping.cpp
  void ask_more(message_id id, pending& p, steady_time now);
  void decide(message_id id, pending& p, steady_time now);
  void give_up_late(steady_time now);
  void on(node_id from, const keep_copy& x, bool has_room, steady_time now);
  void on(node_id from, const copy_kept& x, bool has_room, steady_time now);
  void on(node_id from, const copy_refused& x, bool has_room, steady_time now);
  void repair(steady_time now);
  void copy_anew(custody& x, steady_time now);
  void copied(custody& x, node_id to, steady_time now);
  void mend(message_id id, steady_time now);
  void trim(custody& x, steady_time now);

  // shadow_notices.cpp
  void on(node_id from, const notices& x, bool has_room, steady_time now);
  void on(node_id from, const notices_heard& x, bool has_room, steady_time now);
  notice_reply hear(node_id from, const peer_notice& x, bool again, steady_time now);
  notice_reply hear_claim(const peer_notice& x, custody& known);
  void settled_elsewhere(message_id id, node_id by, steady_time now);
  void set_holders(custody& x, const std::vector<node_id>& all);
  void give_way(custody& x, const claim& to, const std::vector<node_id>& holders);
  void on(node_id from, const check_copies& x, bool has_room, steady_time now);
  void on(node_id from, const copies_checked& x, bool has_room, steady_time now);
  void check_some(steady_time now);
  void flush(steady_time now);

  // shadow_takeover.cpp
  void take_over_some(steady_time now);
  bool our_turn(const custody& x, std::int64_t turn) const;
  void take(custody& x, custody_state as, steady_time now);
  void adopt_ready(steady_time now);
  void on(node_id from, const take_message& x, bool has_room, steady_time now);
  void on(node_id from, const message_taken& x, bool has_room, steady_time now);
  void on(node_id from, const message_declined& x, bool has_room, steady_time now);
  void repeat_moves(steady_time now);
  void on(node_id from, const what_happened& x, bool has_room, steady_time now);
  void on(node_id from, const all_told& x, bool has_room, steady_time now);
  void tell_askers();
  void ask_what_happened(steady_time now);

  shadow_options options_;
  node_id self_;
  node_life life_;
  std::uint64_t first_sequence_; ///< Above all of earlier runs.
  std::uint64_t attempts_ = 0;
  bool restored_ = false;
  bool standing_ = false;
  bool serving_ = false;

  node_directory nodes_;
  node_index me_;
  custody_table table_;
  std::vector<peer_status> peers_;
  std::map<node_id, outbox> out_;
  std::unordered_map<message_id, pending> keeping_;
  std::unordered_map<message_id, attempt> copying_;
  struct move_under_way {
    attempt now;
    std::uint64_t bytes;
  };
  std::unordered_map<message_id, move_under_way> moving_;
  std::deque<taken> taking_;
  std::map<node_id, lost_node> lost_;
  std::map<node_id, std::uint64_t> heard_up_to_;
  std::map<node_id, asker> askers_;
  std::unordered_set<message_id> settled_;
  std::deque<message_id> settled_order_;

  std::set<node_id> told_;
  steady_time asking_since_ = steady_time::max();
  steady_time ask_at_ = steady_time::max();

  std::size_t move_at_ = 0;
  std::size_t repair_at_ = 0;
  bool repair_wanted_ = false; ///< Something changed since the round over the table began.
  bool repairing_ = false;
  std::size_t check_at_ = 0;
  steady_time check_due_;
  std::uint64_t check_page_ = 0;
  std::unordered_set<message_id> checking_;
  steady_time tick_at_;

  shadow_counts counts_;
  std::deque<shadow_action> todo_;
};

} // namespace troupe::policy
