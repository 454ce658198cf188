#include "tests/actors/policy/cluster/schedule.hpp"

#include "tests/actors/policy/cluster/world.hpp"

#include <algorithm>

namespace troupe::support {

using namespace policy;

namespace {

std::string_view to_string(fault what) {
  switch (what) {
    case fault::crash: return "crash";
    case fault::erase: return "erase";
    case fault::pause: return "pause";
    case fault::split: return "split";
    case fault::one_way: return "one_way";
    case fault::loss: return "loss";
    case fault::drain: return "drain";
    case fault::join: return "join";
    case fault::move: return "move";
  }
  return "";
}

constexpr fault weighted[] = {fault::crash, fault::crash, fault::crash,   fault::crash, fault::erase, fault::erase,
                              fault::pause, fault::pause, fault::split,   fault::split, fault::one_way,
                              fault::loss,  fault::loss,  fault::drain,   fault::join,  fault::move, fault::move};

/// Everything ten times as fast as by default, and every bound low enough to be hit.
shadow_options fast() {
  shadow_options x;
  x.keep_try = milliseconds{300};
  x.keep_total = milliseconds{900};
  x.claim_wait = milliseconds{200};
  x.turn = milliseconds{700};
  x.return_wait = milliseconds{1000};
  x.ask_again = milliseconds{100};
  x.check_every = milliseconds{2000};
  x.copying_max = 8;
  x.moving_max = 8;
  x.taking_max = 16;
  x.scan_slots = 64;
  x.check_page = 16;
  x.out = {.gather = milliseconds{10}, .repeat = milliseconds{200}, .batch_max = 8, .window_max = 16};
  return x;
}

} // namespace

std::string_view to_string(sabotage what) {
  switch (what) {
    case sabotage::none: return "none";
    case sabotage::early_250: return "early_250";
    case sabotage::sends_before_writes: return "sends_before_writes";
    case sabotage::notices_once: return "notices_once";
    case sabotage::custody_in_memory: return "custody_in_memory";
    case sabotage::no_majority: return "no_majority";
    case sabotage::returns_unasked: return "returns_unasked";
  }
  return "";
}

schedule make_schedule(std::uint64_t seed) {
  dice chance{seed * 0x9E3779B97F4A7C15u};
  schedule made;
  made.seed = seed;
  made.nodes = 2 + chance.below(4);
  made.membership.takeover = milliseconds{1000};
  made.membership.partition = chance.one_in(2) ? two_node_rule::deliver : two_node_rule::pause;
  made.shadow = fast();
  made.shadow.copies = 2 + static_cast<unsigned>(chance.below(std::min<std::size_t>(made.nodes - 1, 2)));
  made.shadow.when_short = chance.one_in(2) ? short_rule::accept : short_rule::refuse;
  made.messages = 10 + chance.below(40);
  if (chance.one_in(20))
    return made; // nothing breaks, and nothing comes twice
  const auto faults = 1 + chance.below(16);
  std::size_t erased = 0;
  for (std::size_t i = 0; i < faults; ++i) {
    planned_fault x{chance.between(1500, made.chaos_ms - 500), weighted[chance.below(std::size(weighted))],
                    chance.between(50, chance.one_in(2) ? 5000 : 1500), chance.next()};
    if (x.what == fault::erase && ++erased >= made.shadow.copies)
      x.what = fault::crash;
    made.faults.push_back(x);
  }
  std::sort(made.faults.begin(), made.faults.end(), [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
  return made;
}

std::string describe(const schedule& what) {
  std::string text = "seed " + std::to_string(what.seed) + ": " + std::to_string(what.nodes) + " nodes, "
                     + std::to_string(what.shadow.copies) + " copies, "
                     + (what.membership.partition == two_node_rule::deliver ? "deliver" : "pause") + ", "
                     + (what.shadow.when_short == short_rule::accept ? "accept" : "refuse") + ", "
                     + std::to_string(what.messages) + " messages";
  for (const auto& each : what.faults)
    text += "\n  " + std::to_string(each.at_ms) + " " + std::string{to_string(each.what)} + " for "
            + std::to_string(each.lasts_ms);
  return text;
}

void verdict::add(const verdict& x) {
  acked += x.acked;
  lost += x.lost;
  short_lost += x.short_lost;
  stuck += x.stuck;
  left_over += x.left_over;
  twice_by_crash += x.twice_by_crash;
  twice_by_split += x.twice_by_split;
  twice_unexplained += x.twice_unexplained;
  two_owners += x.two_owners;
  with_two_owners += x.two_owners > 0 ? 1 : 0;
  taken_over += x.taken_over;
  moved += x.moved;
  copied_anew += x.copied_anew;
  over_limit += x.over_limit;
  probes_at_once += x.probes_at_once;
  probes += x.probes;
  used += x.used;
  used_of += x.used_of;
  events += x.events;
}

verdict run(const schedule& what) { return world{what}.run(); }

schedule shrink(const schedule& failing) {
  auto smallest = failing;
  for (std::size_t i = smallest.faults.size(); i-- > 0;) {
    auto without = smallest;
    without.faults.erase(without.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (!run(without).good())
      smallest = std::move(without);
  }
  return smallest;
}

} // namespace troupe::support
