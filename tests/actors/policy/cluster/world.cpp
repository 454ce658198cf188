#include "tests/actors/policy/cluster/world.hpp"

#include <algorithm>
#include <utility>

namespace troupe::support {

using namespace policy;

namespace {

constexpr std::int64_t check_ms = 500;
constexpr std::int64_t heal_ms = 60'000;
constexpr std::size_t nodes_max = 6;

} // namespace

world::world(const schedule& what) : plan{what}, chance{what.seed ^ 0xC0FFEE} {
  for (std::size_t i = 0; i < plan.nodes; ++i)
    add_node();
}

world::~world() = default;

void world::add_node() {
  nodes_.push_back(std::make_unique<sim_node>(*this, nodes_.size()));
  nodes_.back()->erase();
  nodes_.back()->start();
}

void world::at(std::int64_t when, std::function<void()> what) {
  events_.push({when, ++order_, std::move(what)});
}

std::size_t world::place_of(node_id id) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i]->kept.id == id)
      return i;
  return nodes_.size();
}

void world::post(std::size_t from, node_id to, wire what, std::uint32_t settled) {
  const auto place = place_of(to);
  if (place == nodes_.size() || !nodes_[place]->running() || cut_.contains({from, place}))
    return;
  if (lose_in_ != 0 && chance.one_in(lose_in_))
    return;
  const auto sender = nodes_[from]->kept.id;
  // Links carry nothing over a restart of either end.
  const auto runs = std::pair{nodes_[from]->run, nodes_[place]->run};
  const auto shared = std::make_shared<const wire>(std::move(what));
  const int times = lose_in_ != 0 && chance.one_in(10) ? 2 : 1;
  for (int i = 0; i < times; ++i) {
    const auto delay = lose_in_ != 0 && chance.one_in(10) ? chance.between(0, 600) : chance.between(1, delay_);
    at(now_ + delay, [this, from, place, sender, runs, shared, settled] {
      if (std::pair{nodes_[from]->run, nodes_[place]->run} == runs && !cut_.contains({from, place}))
        nodes_[place]->receive(sender, *shared, settled);
    });
  }
}

void world::begins(std::size_t by, message_id id) {
  // Two nodes that are told to go on without each other do just that.
  if (plan.nodes == 2 && plan.membership.partition == two_node_rule::deliver)
    return;
  const auto first = fates_[id].accepted_by;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    // Two holders that take over by different knowledge may meet; the first owner and one of
    // them may not: it had lost its standing, or has not been told yet.
    if (i != by && (i == first || by == first) && nodes_[i]->awake() && nodes_[i]->would_deliver(id))
      ++result.two_owners;
}

void world::delivered(std::size_t by, message_id id, std::size_t recipient) {
  fates_[id].delivered_by[recipient].push_back(by);
}

void world::acked(message_id id, std::size_t copies) {
  auto& fate = fates_[id];
  fate.acked = true;
  fate.copies = std::max(fate.copies, copies);
}

void world::submit() {
  const auto place = static_cast<std::size_t>(chance.below(nodes_.size()));
  auto& node = *nodes_[place];
  if (!node.awake())
    return;
  const message_id id{next_message_++ << 12 | node.kept.number};
  auto& fate = fates_[id];
  fate.recipients = 1 + chance.below(3);
  fate.delivered_by.resize(fate.recipients);
  fate.accepted_by = place;
  fate.due = chance.one_in(2) ? now_ : now_ + chance.between(0, 6000);
  node.accept(id, fate.recipients);
}

void world::begin(const planned_fault& x) {
  dice own{x.dice};
  const auto place = own.below(nodes_.size());
  auto& node = *nodes_[place];
  const auto until = now_ + x.lasts_ms;
  if (x.what != fault::move && x.what != fault::join)
    anything_broke_ = true;
  switch (x.what) {
    case fault::crash:
    case fault::erase:
      if (node.running())
        node.stop();
      if (x.what == fault::erase) {
        node.erase();
        ++erased_;
        for (auto& [id, fate] : fates_)
          fate.erased_since += fate.acked ? 1 : 0;
      }
      at(until, [&node] {
        if (!node.running())
          node.start();
      });
      break;
    case fault::pause:
      if (node.awake())
        node.pause(until);
      break;
    case fault::split:
    case fault::one_way: {
      ++splits_;
      const auto side = own.next();
      for (std::size_t a = 0; a < nodes_max; ++a)
        for (std::size_t b = 0; b < nodes_max; ++b)
          if (x.what == fault::split ? (side >> a & 1) != (side >> b & 1) : a == place && (side >> b & 1) != 0)
            cut_.insert({a, b});
      at(until, [this] {
        if (--splits_ == 0)
          cut_.clear();
      });
      break;
    }
    case fault::loss:
      lose_in_ = 2 + own.below(10);
      delay_ = own.between(5, 300);
      at(until, [this] {
        lose_in_ = 0;
        delay_ = 3;
      });
      break;
    case fault::drain: {
      node.set_draining(true);
      const auto to = nodes_[(place + 1) % nodes_.size()]->kept.id;
      for (std::int64_t t = 0; t < x.lasts_ms; t += 200)
        at(now_ + t, [&node, to] { node.move_some(to, 10, 255); });
      at(until, [&node] {
        if (node.running())
          node.stop();
        node.start();
      });
      break;
    }
    case fault::join:
      if (nodes_.size() < nodes_max)
        add_node();
      break;
    case fault::move: node.move_some(nodes_[own.below(nodes_.size())]->kept.id, 5, 2); break;
  }
}

void world::heal() {
  cut_.clear();
  splits_ = 0;
  lose_in_ = 0;
  delay_ = 3;
  for (auto& each : nodes_) {
    each->set_draining(false);
    if (!each->running())
      each->start();
  }
}

bool world::all_done() const {
  for (const auto& [id, fate] : fates_)
    for (const auto& each : fate.delivered_by)
      if (fate.acked && each.empty())
        return false;
  return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& each) {
    return each->kept.mail.empty() && each->kept.notices.empty();
  });
}

void world::judge() {
  const auto say = [this](const std::string& what, message_id id) {
    if (result.what.empty())
      result.what = what + " " + std::to_string(id.value);
  };
  for (const auto& [id, fate] : fates_) {
    result.acked += fate.acked ? 1 : 0;
    const bool on_disk = std::any_of(nodes_.begin(), nodes_.end(),
                                     [&, mail = id](const auto& each) { return each->kept.mail.contains(mail); });
    for (const auto& by : fate.delivered_by) {
      if (fate.acked && by.empty()) {
        if (on_disk) {
          ++result.stuck;
          say("stuck", id);
        } else if (fate.copies < plan.shadow.copies && fate.copies <= fate.erased_since) {
          ++result.short_lost;
        } else {
          ++result.lost;
          say("lost", id);
        }
      }
      for (std::size_t i = 1; i < by.size(); ++i) {
        if (!anything_broke_) {
          ++result.twice_unexplained;
          say("twice", id);
        } else if (std::find(by.begin(), by.begin() + static_cast<std::ptrdiff_t>(i), by[i])
                   != by.begin() + static_cast<std::ptrdiff_t>(i)) {
          ++result.twice_by_crash;
        } else {
          ++result.twice_by_split;
        }
      }
    }
  }
  for (const auto& each : nodes_) {
    for (const auto& [id, mail] : each->kept.mail) {
      ++result.left_over;
      say("left over on " + std::to_string(each->kept.number), id);
    }
    for (const auto& [to, some] : each->kept.notices) {
      // Whoever never comes back is never told.
      if (place_of(to) == nodes_.size())
        continue;
      result.left_over += some.size();
      say("notices left over on " + std::to_string(each->kept.number), some.begin()->second.id);
    }
    if (each->rules() != nullptr) {
      result.taken_over += each->rules()->counts().taken_over;
      result.moved += each->rules()->counts().moved_out;
      result.copied_anew += each->rules()->counts().copied_anew;
    }
  }
}

verdict world::run() {
  for (const auto& each : plan.faults)
    at(each.at_ms, [this, each] { begin(each); });
  for (std::size_t i = 0; i < plan.messages; ++i)
    at(chance.between(1500, plan.chaos_ms), [this] { submit(); });
  at(plan.chaos_ms, [this] { heal(); });
  std::int64_t end = plan.chaos_ms + heal_ms;
  for (std::int64_t t = plan.chaos_ms + check_ms; t < end; t += check_ms)
    at(t, [] {});
  std::int64_t next_check = plan.chaos_ms + check_ms;
  while (!events_.empty() && events_.top().at < end) {
    auto first = std::move(const_cast<event&>(events_.top()));
    events_.pop();
    now_ = first.at;
    ++result.events;
    first.what();
    if (now_ >= next_check) {
      next_check = now_ + check_ms;
      if (all_done())
        break;
    }
  }
  judge();
  return std::move(result);
}

} // namespace troupe::support
