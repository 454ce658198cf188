// Who belongs to the cluster, who of them lives, and what this node may do about it:
// a pure machine. Heartbeats and the time go in, heartbeats and events come out.
//
//   a peer is   since                                         goes to
//   alive       its last heartbeat, or since we know of it    suspect  `suspect_after()` of silence
//   suspect                                                   alive    a heartbeat
//                                                             dead     `takeover` of silence
//   dead        our vote, for this life of it: we hear none   alive    a later life
//               of its heartbeats until it comes with a
//               later one (we tell it, and it does)
//   left        it said so, an operator did, or a new node    alive    a later life
//               came under its name; it does not count
//
// `lost` is what the majority makes of it: so many hold a peer for dead, in a life, that
// it can have no majority itself. Only then may its messages be taken over.
//
// Standing: this node hears echoes of its own heartbeats from a majority of the members
// (all but those that left; itself included), none older than `lease()`. The lease is
// shorter than `takeover`, so whoever is lost had no standing any more when the last
// vote was given: of two majorities one node is in both, and it echoes nothing while its
// vote stands. All times are this node's own steady time; of the clocks of others nothing
// is ever used. Their rates may differ by 5 %.
//
// View: a fingerprint of the members and of those lost. A node that changes its view
// supports none for `takeover`, so that no two views ever have a majority at one time:
// what a mandated node decides from its view, no other decides.

#pragma once

#include "actors/policy/cluster/node.hpp"
#include "net/core/result.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::policy {

/// With two nodes there is no majority once they do not hear each other.
enum class two_node_rule : std::uint8_t {
  deliver, ///< Both go on, and each takes over from the other: mail may come twice.
  pause,   ///< What has a copy waits until both are there.
};

struct membership_options {
  milliseconds takeover = seconds{10}; ///< Silence after which a node counts as dead.
  two_node_rule partition = two_node_rule::deliver;

  [[nodiscard]] milliseconds interval() const { return takeover / 10; }
  [[nodiscard]] milliseconds suspect_after() const { return takeover / 2; }
  [[nodiscard]] milliseconds lease() const { return takeover * 9 / 10; }
};

/// 500 ms to an hour, or malformed.
[[nodiscard]] status check(const membership_options& options);

inline constexpr std::size_t members_max = 64; ///< Those that left included; the oldest of them make room.

/// Wire versions that a node speaks. Both sides use the highest that both know.
struct wire_versions {
  std::uint16_t lowest = 1;
  std::uint16_t highest = 1;
};
inline constexpr wire_versions our_wire_versions{1, 1};

/// What two nodes speak, or nothing: then the link is refused with foreign_version.
[[nodiscard]] std::optional<std::uint16_t> common_version(wire_versions ours, wire_versions theirs) noexcept;

enum class member_state : std::uint8_t { alive, suspect, dead, left };
[[nodiscard]] std::string_view to_string(member_state state) noexcept;

struct member_report {
  member_row row;
  member_state seen = member_state::alive; ///< By the one who reports.
};

/// WIRE. Not repeated, not answered: the next one stands for it. Loss, doubling and any
/// order do no harm.
struct heartbeat {
  wire_versions speaks;
  member_row from;
  std::uint64_t sequence = 0; ///< Grows within a life.
  node_life echo_life{};      ///< Of the receiver, as the sender knows it.
  std::uint64_t echo = 0;     ///< The newest sequence of it that the sender heard; 0 while dead to it.
  std::uint64_t view = 0;     ///< That the sender supports; 0 is none.
  node_load load{};
  std::vector<member_report> members{}; ///< All that it knows but itself.
};

enum class refusal : std::uint8_t { foreign_version, id_taken, name_taken, number_taken, too_many_members };
[[nodiscard]] std::string_view to_string(refusal why) noexcept;

struct send_heartbeat { node_id to; heartbeat what; };
/// To be on disk soon; nothing waits for it. On start, all rows go to the constructor.
struct write_member { member_row row; };
/// Gone from the table, and from the disk.
struct forget_member { node_id id; };
struct peer_changed { node_id id; member_state from; member_state to; };
/// By majority, or it left. Its copies here may be taken over, by SHADOW's rules.
struct peer_lost { node_id id; node_life life; };
/// It was lost, and lives again: nothing more is taken over from it.
struct peer_returned { node_id id; };
/// Regained standing always comes with a later life: this node asks what was taken over
/// from it before it delivers anything that has copies (SHADOW does, see there).
struct standing_changed { bool gained; node_life life; };
/// The link is to be closed and the reason logged, at most once a minute for each peer.
struct refuse_peer { node_id id; std::string name; refusal why; };

using membership_action = std::variant<send_heartbeat, write_member, forget_member, peer_changed,
                                       peer_lost, peer_returned, standing_changed, refuse_peer>;

struct member_view {
  member_row row;
  member_state state = member_state::alive;
  bool lost = false;
  milliseconds silent_for{0};
  node_load load{};
};

class membership {
public:
  /// @param self with the first life of this start
  /// @param known all rows that were written before, its own or not
  membership(const membership_options& options, member_row self, const std::vector<member_row>& known,
             steady_time now);

  /// A link was made to a node of this row (the handshake says it), configured or not.
  void introduce(const member_row& peer, steady_time now);
  void receive(const heartbeat& beat, steady_time now);
  /// At `deadline()`; earlier does no harm. Late (a stopped process), it blames nobody.
  void tick(steady_time now);
  [[nodiscard]] steady_time deadline() const noexcept { return next_beat_; }

  void set_load(const node_load& load) { load_ = load; }
  /// This node goes for good. Heartbeats say so; send for a few intervals, then stop.
  void leave(steady_time now);
  /// An operator says that a node never comes back: it no longer counts. One that
  /// lives comes back by itself, with a later life.
  void forget(node_id id, steady_time now);

  [[nodiscard]] std::optional<membership_action> next();

  /// May what others hold copies of be delivered? SHADOW adds: only after it asked.
  [[nodiscard]] bool standing(steady_time now) const;
  /// Until when it does, if nothing more is heard of anybody; the past if it does not.
  [[nodiscard]] steady_time standing_until() const;
  /// As above, without the exception for two nodes: a real majority.
  [[nodiscard]] bool majority(steady_time now) const;
  /// Does a majority support our view at this moment?
  [[nodiscard]] bool mandated(steady_time now) const;
  /// Those of our view that are not lost, this node included, ascending.
  [[nodiscard]] std::vector<node_id> eligible() const;

  [[nodiscard]] node_id self() const noexcept { return self_.id; }
  [[nodiscard]] node_life life() const noexcept { return self_.life; }
  [[nodiscard]] bool is_lost(node_id id) const;
  /// How many count, this node included.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::vector<member_view> view(steady_time now) const;

private:
  struct opinion {
    node_life life;
    member_state seen = member_state::alive;
  };
  struct peer {
    member_row row;
    member_state seen = member_state::alive;
    bool lost = false;
    bool spoke = false; ///< In this life, to us.
    steady_time heard;
    std::uint64_t sequence = 0;
    node_load load;
    steady_time leased_until = steady_time::min(); ///< It echoed what we sent before.
    std::uint64_t view = 0;
    steady_time view_until = steady_time::min();
    std::map<node_id, opinion> opinions;
  };
  struct sent {
    std::uint64_t sequence;
    steady_time at;
  };
  using peers = std::map<node_id, peer>;

  bool admit(const member_row& row, steady_time now);
  bool make_room();
  peer* learn(const member_row& row, steady_time now);
  void begin_life(peer& of, const member_row& row, steady_time now);
  void merge(const member_report& said, steady_time now);
  void hear_of_self(const member_report& said);
  void credit(peer& from, const heartbeat& beat);
  void notice_gap(steady_time now);
  void judge(steady_time now);
  void judge_lost(steady_time now);
  bool outvoted(const peer& about, steady_time now) const;
  void judge_standing(steady_time now);
  void judge_view(steady_time now);
  void see(peer& who, member_state state);
  void mark_left(peer& who);
  void begin_own_life(node_life after);
  void send_all(steady_time now);
  std::uint64_t fingerprint() const;

  membership_options options_;
  member_row self_;
  node_load load_;
  peers peers_;
  std::deque<sent> sent_; ///< Not older than the lease.
  std::uint64_t sequence_ = 0;
  steady_time next_beat_;
  steady_time latest_;
  bool standing_ = false;
  std::uint64_t view_ = 0;
  steady_time view_since_;
  std::deque<membership_action> todo_;
};

} // namespace troupe::policy
