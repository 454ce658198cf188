#include "actors/policy/cluster/hop_borrower.hpp"
#include "actors/policy/cluster/hop_lender.hpp"
#include "tests/actors/policy/cluster/schedule.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <variant>

namespace troupe::support {

using namespace policy;

namespace {

constexpr std::int64_t step_ms = 50;
constexpr std::int64_t steps = 900;
constexpr std::uint64_t hop = 4711;

using parcel = std::variant<heartbeat, ask_loan, loan>;

struct letter {
  std::size_t from;
  std::size_t to;
  parcel what;
};

struct hop_node {
  std::int64_t offset = 0;
  double rate = 1;
  std::uint64_t starts = 0;
  std::int64_t down_until = 0;
  std::int64_t paused_until = 0;
  std::unique_ptr<membership> members;
  std::unique_ptr<hop_lender> lender;
  std::unique_ptr<hop_borrower> borrower;
  node_id owner;
  bool probing = false;
  std::int64_t probe_ends = 0;
  unsigned wanted = 0;

  steady_time clock(std::int64_t now) const {
    return steady_time{milliseconds{offset + static_cast<std::int64_t>(static_cast<double>(now) * rate)}};
  }
};

/// Some nodes, one next hop, and steps of 50 ms; after each, all nodes are counted.
class hop_world {
public:
  explicit hop_world(std::uint64_t seed) : chance_{seed * 31 + 7} {
    nodes_.resize(2 + chance_.below(4));
    options_.sessions = 1 + static_cast<unsigned>(chance_.below(20));
    options_.lease = milliseconds{3000};
    options_.breaker.open = milliseconds{1500};
    options_.breaker.open_max = milliseconds{3000};
    for (auto& each : nodes_) {
      each.offset = chance_.between(1, 7'200'000);
      each.rate = 1.0 + static_cast<double>(chance_.between(-20, 20)) / 1000.0;
    }
  }

  verdict run() {
    for (now_ = 0; now_ < steps * step_ms; now_ += step_ms) {
      if (chance_.one_in(60) && now_ < steps * step_ms / 2)
        break_something();
      if (now_ >= split_until_)
        cut_.clear();
      if (chance_.one_in(80))
        ill_ = !ill_;
      for (std::size_t i = 0; i < nodes_.size(); ++i)
        live(i);
      carry();
      count();
    }
    return std::move(result_);
  }

private:
  bool awake(const hop_node& x) const { return x.members && x.paused_until <= now_; }

  member_row row(std::size_t i) const {
    return {.id = {i + 1}, .name = std::to_string(i), .address = "", .number = static_cast<std::uint16_t>(i),
            .life = first_life(std::max<std::uint64_t>(nodes_[i].starts, 1)), .left = false};
  }

  void break_something() {
    auto& node = nodes_[chance_.below(nodes_.size())];
    const auto until = now_ + chance_.between(50, 12'000);
    switch (chance_.below(4)) {
      case 0:
        node.members.reset();
        node.lender.reset();
        node.borrower.reset();
        node.probing = false;
        node.down_until = until;
        break;
      case 1: node.paused_until = until; break;
      case 2:
        for (std::size_t a = 0; a < nodes_.size(); ++a)
          for (std::size_t b = 0; b < nodes_.size(); ++b)
            if (chance_.one_in(3))
              cut_.insert({a, b});
        split_until_ = until;
        break;
      default:
        lossy_until_ = until;
        break;
    }
  }

  void start(std::size_t i) {
    auto& node = nodes_[i];
    ++node.starts;
    std::vector<member_row> known;
    for (std::size_t other = 0; other < nodes_.size(); ++other)
      if (other != i)
        known.push_back(row(other));
    membership_options rules;
    rules.takeover = milliseconds{1000};
    node.members = std::make_unique<membership>(rules, row(i), known, node.clock(now_));
    node.borrower = std::make_unique<hop_borrower>(options_, hop, nodes_.size(), node.clock(now_));
    node.owner = {};
  }

  void live(std::size_t i) {
    auto& node = nodes_[i];
    if (!node.members && node.down_until <= now_)
      start(i);
    if (!awake(node))
      return;
    const auto now = node.clock(now_);
    node.members->tick(now);
    while (const auto todo = node.members->next())
      if (const auto* const send = std::get_if<send_heartbeat>(&*todo))
        post(i, send->to.value - 1, send->what);
    const auto eligible = node.members->eligible();
    const auto owner = owner_of(hop, eligible);
    if (std::exchange(node.owner, owner) != owner)
      node.borrower->owner_changed();
    if (owner.value != i + 1 || !node.members->mandated(now))
      node.lender.reset();
    else if (!node.lender)
      node.lender = std::make_unique<hop_lender>(options_, nodes_.size(), now);
    if (chance_.one_in(40))
      node.wanted = static_cast<unsigned>(chance_.below(options_.sessions * 2 + 1));
    use(node, now);
    if (const auto ask = node.borrower->ask(node.wanted, nodes_.size(), now))
      post(i, owner.value - 1, *ask);
  }

  void use(hop_node& node, steady_time now) {
    if (node.probing && (now_ >= node.probe_ends || now >= node.borrower->probe_until())) {
      node.probing = false;
      if (ill_)
        node.borrower->failed();
      else
        node.borrower->succeeded();
    }
    if (node.borrower->breaker() == breaker_state::closed && node.borrower->allowed(now) > 0 && node.wanted > 0) {
      if (ill_)
        node.borrower->failed();
      else
        node.borrower->succeeded();
    } else if (node.borrower->take_probe(now)) {
      ++result_.probes;
      node.probing = true;
      node.probe_ends = now_ + chance_.between(50, 4000);
    }
  }

  void post(std::size_t from, std::size_t to, parcel what) {
    if (from != to && (cut_.contains({from, to}) || (now_ < lossy_until_ && chance_.one_in(3))))
      return;
    const bool slow = now_ < lossy_until_ && chance_.one_in(4);
    const auto delay = from == to ? 0 : slow ? chance_.between(0, 80) * step_ms : chance_.between(0, 1) * step_ms;
    on_the_way_.emplace(now_ + delay, letter{from, to, what});
    if (now_ < lossy_until_ && chance_.one_in(8))
      on_the_way_.emplace(now_ + chance_.between(0, 80) * step_ms, letter{from, to, std::move(what)});
  }

  void carry() {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= now_) {
      const auto each = on_the_way_.begin()->second;
      on_the_way_.erase(on_the_way_.begin());
      auto& node = nodes_[each.to];
      ++result_.events;
      if (!awake(node))
        continue;
      const auto now = node.clock(now_);
      if (const auto* const beat = std::get_if<heartbeat>(&each.what))
        node.members->receive(*beat, now);
      else if (const auto* const given = std::get_if<loan>(&each.what))
        node.borrower->receive(*given, now);
      else if (node.lender && node.members->mandated(now))
        post(each.to, each.from, node.lender->lend({each.from + 1}, std::get<ask_loan>(each.what), nodes_.size(), now));
    }
  }

  void count() {
    unsigned allowed = 0;
    unsigned wanted = 0;
    int probes = 0;
    for (const auto& each : nodes_) {
      if (!each.members)
        continue;
      probes += each.probing && each.paused_until <= now_ ? 1 : 0;
      // A stopped process can close nothing; what counts is that it does when it wakes.
      if (each.paused_until > now_)
        continue;
      allowed += std::min(each.borrower->allowed(each.clock(now_)), std::max(each.wanted, 1u) * 1000);
      wanted += each.wanted;
    }
    result_.used += std::min(allowed, wanted);
    result_.used_of += std::min(options_.sessions, wanted);
    if (allowed > options_.sessions && ++result_.over_limit == 1)
      result_.what = std::to_string(allowed) + " sessions of " + std::to_string(options_.sessions) + " at "
                     + std::to_string(now_);
    if (probes > 1 && ++result_.probes_at_once == 1)
      result_.what = "two probes at " + std::to_string(now_);
  }

  dice chance_;
  hop_options options_;
  std::vector<hop_node> nodes_;
  std::multimap<std::int64_t, letter> on_the_way_;
  std::set<std::pair<std::size_t, std::size_t>> cut_;
  std::int64_t split_until_ = 0;
  std::int64_t lossy_until_ = 0;
  std::int64_t now_ = 0;
  bool ill_ = false;
  verdict result_;
};

} // namespace

verdict run_hop(std::uint64_t seed) { return hop_world{seed}.run(); }

} // namespace troupe::support
