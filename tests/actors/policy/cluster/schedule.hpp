// One random schedule of a cluster: its size, its rules, what breaks and when. All of it
// comes from a seed, so that a seed is a reproducible case.

#pragma once

#include "actors/policy/cluster/membership.hpp"
#include "actors/policy/cluster/shadow.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::support {

/// Small, the same everywhere, and good enough for dice.
class dice {
public:
  explicit dice(std::uint64_t seed) : state_{seed} {}
  std::uint64_t next() { return policy::mix(state_++, 0x5DEECE66Du); }
  /// @pre n > 0
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

private:
  std::uint64_t state_;
};

enum class fault : std::uint8_t {
  crash,      ///< Memory lost, disk kept; back after `lasts`.
  erase,      ///< Disk lost as well; back as a new node.
  pause,      ///< SIGSTOP.
  split,      ///< Two sides, both ways.
  one_way,    ///< One node is not heard by some others.
  loss,       ///< The network loses, doubles and delays more.
  drain,      ///< A node moves its messages away, then restarts.
  join,       ///< A node more.
  move,       ///< Some messages move to another node.
};

struct planned_fault {
  std::int64_t at_ms;
  fault what;
  std::int64_t lasts_ms;
  std::uint64_t dice;
};

/// What is broken on purpose, to see that the checks see it.
enum class sabotage : std::uint8_t {
  none,
  early_250,           ///< The 250 does not wait for copies.
  sends_before_writes, ///< What is sent does not wait for what is to be on disk.
  notices_once,        ///< Notices are not repeated when lost.
  custody_in_memory,   ///< Claims are not on disk.
  no_majority,         ///< A node without standing delivers, and takes over, all the same.
  returns_unasked,     ///< Who was away delivers before it has heard what happened.
};
inline constexpr sabotage all_sabotages[]
  = {sabotage::early_250,         sabotage::sends_before_writes, sabotage::notices_once,
     sabotage::custody_in_memory, sabotage::no_majority,         sabotage::returns_unasked};
std::string_view to_string(sabotage what);

struct schedule {
  std::uint64_t seed = 0;
  std::size_t nodes = 3;
  policy::membership_options membership;
  policy::shadow_options shadow;
  std::int64_t chaos_ms = 12'000;
  std::size_t messages = 40;
  std::vector<planned_fault> faults;
  sabotage broken = sabotage::none;
};

/// @param seed decides everything
schedule make_schedule(std::uint64_t seed);
std::string describe(const schedule& what);

struct verdict {
  std::size_t acked = 0;
  std::size_t lost = 0;           ///< Recipients of acked messages that were never delivered to.
  std::size_t short_lost = 0;     ///< The same, accepted with too few copies before a disk was lost.
  std::size_t stuck = 0;          ///< Not delivered in the time after healing, but on some disk.
  std::size_t left_over = 0;      ///< Copies or notices that nobody removed.
  std::size_t twice_by_crash = 0; ///< The same node delivered again: it crashed before it wrote that down.
  std::size_t twice_by_split = 0; ///< Two nodes did: neither could know of the other's.
  std::size_t twice_unexplained = 0; ///< In a schedule in which nothing broke.
  /// Times that the first owner or who took over began to deliver what the other one was about
  /// to deliver as well: as a rule it has lost its standing, or has not been told yet. Among
  /// pauses and losses it may come to it, but not often: see two_owners_per_1000_max.
  std::size_t two_owners = 0;
  std::size_t with_two_owners = 0; ///< Schedules in which that happened.
  std::size_t taken_over = 0;
  std::size_t moved = 0;
  std::size_t copied_anew = 0;
  std::size_t over_limit = 0;     ///< Instants at which a next hop had more sessions than its limit.
  std::size_t probes_at_once = 0; ///< More than one, that is.
  std::size_t probes = 0;
  std::size_t used = 0;           ///< Sessions that all together were allowed, summed over the steps,
  std::size_t used_of = 0;        ///< of what the limit permits.
  std::size_t events = 0;
  std::string what;               ///< Of the first fault found.

  [[nodiscard]] bool good() const {
    return lost == 0 && stuck == 0 && left_over == 0 && twice_unexplained == 0 && over_limit == 0
           && probes_at_once == 0;
  }
  void add(const verdict& other);
};

/// Of 1000 schedules about 1 has two owners at once; of those in which majority means
/// nothing about 29, and of those in which who returns does not ask about 6.
inline constexpr std::size_t two_owners_per_1000_max = 3;

verdict run(const schedule& what);

/// The same faults for the limit and the breaker of one next hop: another world, in steps,
/// since it must be looked at in every instant. Fills over_limit and probes_at_once.
verdict run_hop(std::uint64_t seed);

/// The same schedule with every fault taken out that is not needed for it to fail.
schedule shrink(const schedule& failing);

} // namespace troupe::support
