#include "actors/policy/cluster/membership.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

// Three beats missed by ourselves: then we were stopped, and the silence was ours.
constexpr int gap_beats = 3;

} // namespace

status check(const membership_options& options) {
  if (options.takeover < milliseconds{500} || options.takeover > std::chrono::hours{1})
    return error{errc::malformed, "cluster takeover is not between 500ms and 1h"};
  return {};
}

std::optional<std::uint16_t> common_version(wire_versions ours, wire_versions theirs) noexcept {
  const auto highest = std::min(ours.highest, theirs.highest);
  if (highest < std::max(ours.lowest, theirs.lowest))
    return std::nullopt;
  return highest;
}

std::string_view to_string(member_state state) noexcept {
  switch (state) {
    case member_state::alive: return "alive";
    case member_state::suspect: return "suspect";
    case member_state::dead: return "dead";
    case member_state::left: return "left";
  }
  return "";
}

std::string_view to_string(refusal why) noexcept {
  switch (why) {
    case refusal::foreign_version: return "foreign_version";
    case refusal::id_taken: return "id_taken";
    case refusal::name_taken: return "name_taken";
    case refusal::number_taken: return "number_taken";
    case refusal::too_many_members: return "too_many_members";
  }
  return "";
}

membership::membership(const membership_options& options, member_row self,
                       const std::vector<member_row>& known, steady_time now)
: options_{options}, self_{std::move(self)}, next_beat_{now}, latest_{now}, view_since_{now} {
  TROUPE_EXPECT(check(options).ok() && self_.id != node_id{} && self_.life.value > 0);
  self_.left = false;
  for (const auto& row : known)
    if (row.id != self_.id && row.id != node_id{})
      learn(row, now);
  view_ = fingerprint();
}

void membership::introduce(const member_row& row, steady_time now) {
  notice_gap(now);
  if (admit(row, now) && learn(row, now) != nullptr)
    judge(now);
}

void membership::receive(const heartbeat& beat, steady_time now) {
  notice_gap(now);
  if (!common_version(our_wire_versions, beat.speaks)) {
    todo_.push_back(refuse_peer{beat.from.id, beat.from.name, refusal::foreign_version});
    return;
  }
  if (!admit(beat.from, now))
    return;
  auto* from = learn(beat.from, now);
  if (from == nullptr || beat.from.life < from->row.life)
    return;
  if (beat.from.left)
    mark_left(*from);
  if (from->row.left) {
    from->heard = now; // if it lives, it is told, and comes back with a later life
    return;
  }
  if (from->spoke && beat.sequence <= from->sequence)
    return;
  if (from->seen == member_state::dead) {
    // Our vote stands for this life of it. What it says of us may still be news.
    for (const auto& each : beat.members)
      if (each.row.id == self_.id)
        hear_of_self(each);
    return;
  }
  from->heard = now;
  from->spoke = true;
  from->sequence = beat.sequence;
  from->load = beat.load;
  see(*from, member_state::alive);
  credit(*from, beat);
  from->opinions.clear();
  for (const auto& each : beat.members) {
    if (each.row.id == self_.id) {
      hear_of_self(each);
      continue;
    }
    if (from->opinions.size() < members_max)
      from->opinions[each.row.id] = {each.row.life, each.seen};
    merge(each, now);
  }
  judge(now);
}

void membership::tick(steady_time now) {
  notice_gap(now);
  judge(now);
  if (now < next_beat_)
    return;
  send_all(now);
  next_beat_ = now + options_.interval();
}

void membership::leave(steady_time now) {
  self_.left = true;
  next_beat_ = now;
  todo_.push_back(write_member{self_});
}

void membership::forget(node_id id, steady_time now) {
  if (const auto found = peers_.find(id); found != peers_.end())
    mark_left(found->second);
  judge(now);
}

std::optional<membership_action> membership::next() {
  if (todo_.empty())
    return std::nullopt;
  auto first = std::move(todo_.front());
  todo_.pop_front();
  return first;
}

bool membership::standing(steady_time now) const {
  return standing_ && (majority(now) || (size() == 2 && options_.partition == two_node_rule::deliver));
}

steady_time membership::standing_until() const {
  if (!standing_)
    return steady_time::min();
  if (size() == 1 || (size() == 2 && options_.partition == two_node_rule::deliver))
    return steady_time::max();
  std::vector<steady_time> ends;
  for (const auto& [id, each] : peers_)
    if (!each.row.left)
      ends.push_back(each.leased_until);
  std::sort(ends.begin(), ends.end(), std::greater{});
  // With this node, so many of the longest leases are a majority.
  return ends[size() / 2 - 1];
}

bool membership::majority(steady_time now) const {
  std::size_t with_us = 1;
  for (const auto& [id, each] : peers_)
    with_us += !each.row.left && each.leased_until > now ? 1 : 0;
  return with_us * 2 > size();
}

bool membership::mandated(steady_time now) const {
  if (now - view_since_ < options_.takeover)
    return false;
  std::size_t with_us = 1;
  for (const auto& [id, each] : peers_)
    with_us += !each.row.left && each.view == view_ && each.view_until > now ? 1 : 0;
  return with_us * 2 > size();
}

std::vector<node_id> membership::eligible() const {
  std::vector<node_id> those{self_.id};
  for (const auto& [id, each] : peers_)
    if (!each.row.left && !each.lost)
      those.push_back(id);
  std::sort(those.begin(), those.end());
  return those;
}

bool membership::is_lost(node_id id) const {
  const auto found = peers_.find(id);
  return found != peers_.end() && (found->second.lost || found->second.row.left);
}

std::size_t membership::size() const noexcept {
  return 1
         + static_cast<std::size_t>(std::count_if(peers_.begin(), peers_.end(),
                                                  [](const auto& each) { return !each.second.row.left; }));
}

std::vector<member_view> membership::view(steady_time now) const {
  std::vector<member_view> all{{self_, member_state::alive, false, milliseconds{0}, load_}};
  for (const auto& [id, each] : peers_)
    all.push_back({each.row, each.seen, each.lost,
                   std::chrono::duration_cast<milliseconds>(now - each.heard), each.load});
  return all;
}

/// May a node with this row be heard at all?
bool membership::admit(const member_row& row, steady_time now) {
  const auto refuse = [&](refusal why) {
    todo_.push_back(refuse_peer{row.id, row.name, why});
    return false;
  };
  if (row.id == self_.id || row.id == node_id{})
    return refuse(refusal::id_taken);
  if (row.name == self_.name)
    return refuse(refusal::name_taken);
  if (row.number == self_.number)
    return refuse(refusal::number_taken);
  for (auto& [id, each] : peers_) {
    if (id == row.id || each.row.left)
      continue;
    if (each.row.name == row.name) {
      // A new disk under an old name takes its place, once the old one is silent.
      if (each.spoke && now - each.heard < options_.suspect_after())
        return refuse(refusal::name_taken);
      if (row.left || (peers_.contains(row.id) && peers_.at(row.id).row.left))
        continue; // the older of the two speaks from its grave
      mark_left(each);
    } else if (each.row.number == row.number) {
      return refuse(refusal::number_taken);
    }
  }
  if (!peers_.contains(row.id) && peers_.size() + 1 >= members_max && !make_room())
    return refuse(refusal::too_many_members);
  return true;
}

bool membership::make_room() {
  for (auto at = peers_.begin(); at != peers_.end(); ++at) {
    if (!at->second.row.left)
      continue;
    todo_.push_back(forget_member{at->first});
    peers_.erase(at);
    return true;
  }
  return false;
}

membership::peer* membership::learn(const member_row& row, steady_time now) {
  const auto found = peers_.find(row.id);
  if (found == peers_.end()) {
    if (peers_.size() + 1 >= members_max)
      return nullptr;
    auto& made = peers_[row.id];
    made.row = row;
    made.heard = now;
    made.seen = row.left ? member_state::left : member_state::alive;
    todo_.push_back(write_member{row});
    return &made;
  }
  if (row.life > found->second.row.life)
    begin_life(found->second, row, now);
  return &found->second;
}

void membership::begin_life(peer& of, const member_row& row, steady_time now) {
  of.row = row;
  of.spoke = false;
  of.sequence = 0;
  of.heard = now;
  of.leased_until = steady_time::min();
  of.view_until = steady_time::min();
  if (row.left)
    mark_left(of);
  else
    see(of, member_state::alive);
  if (of.lost && !row.left) {
    of.lost = false;
    todo_.push_back(peer_returned{row.id});
  }
  todo_.push_back(write_member{row});
}

void membership::merge(const member_report& said, steady_time now) {
  if (said.row.id == node_id{})
    return;
  const auto found = peers_.find(said.row.id);
  if (found == peers_.end()) {
    if (!said.row.left && said.row.number != self_.number && said.row.name != self_.name)
      learn(said.row, now);
    return;
  }
  auto* const known = learn(said.row, now);
  if (known != nullptr && said.row.left && said.row.life == known->row.life)
    mark_left(*known);
}

void membership::hear_of_self(const member_report& said) {
  if (said.row.life < self_.life || self_.left)
    return;
  // From before the disk was restored, or taken for dead or forgotten in this life: either
  // way only a later life is heard, and that one must ask first what was taken over.
  if (said.row.life > self_.life || said.seen == member_state::dead || said.row.left)
    begin_own_life(said.row.life);
}

void membership::credit(peer& from, const heartbeat& beat) {
  if (beat.echo == 0 || beat.echo_life != self_.life)
    return;
  for (const auto& each : sent_) {
    if (each.sequence != beat.echo)
      continue;
    const auto until = each.at + options_.lease();
    from.leased_until = std::max(from.leased_until, until);
    from.view_until = beat.view == from.view ? std::max(from.view_until, until) : until;
    from.view = beat.view;
    return;
  }
}

/// Who was stopped for a while heard nobody because of itself.
void membership::notice_gap(steady_time now) {
  const auto gap = now - latest_;
  latest_ = std::max(latest_, now);
  if (gap <= options_.interval() * gap_beats)
    return;
  for (auto& [id, each] : peers_)
    each.heard = std::max(each.heard, std::min(now, each.heard + gap));
}

void membership::judge(steady_time now) {
  for (auto& [id, each] : peers_) {
    if (each.row.left || each.seen == member_state::dead)
      continue;
    const auto silent = now - each.heard;
    if (silent >= options_.takeover)
      see(each, member_state::dead);
    else if (silent >= options_.suspect_after())
      see(each, member_state::suspect);
  }
  judge_standing(now);
  judge_lost(now);
  judge_view(now);
}

void membership::judge_lost(steady_time now) {
  for (auto& [id, each] : peers_) {
    if (each.lost || !(each.row.left || (each.seen == member_state::dead && outvoted(each, now))))
      continue;
    each.lost = true;
    todo_.push_back(peer_lost{id, each.row.life});
  }
}

bool membership::outvoted(const peer& about, steady_time now) const {
  if (size() == 2)
    return options_.partition == two_node_rule::deliver;
  std::size_t votes = 1;
  for (const auto& [id, each] : peers_) {
    if (id == about.row.id || each.row.left || now - each.heard >= options_.lease())
      continue;
    const auto said = each.opinions.find(about.row.id);
    if (said != each.opinions.end() && said->second.life == about.row.life
        && said->second.seen == member_state::dead)
      ++votes;
  }
  return votes * 2 > size() && majority(now);
}

void membership::judge_standing(steady_time now) {
  const bool may = majority(now) || (size() == 2 && options_.partition == two_node_rule::deliver);
  if (standing_ && !may)
    begin_own_life(self_.life);
  else if (!standing_ && may) {
    standing_ = true;
    todo_.push_back(standing_changed{true, self_.life});
  }
}

void membership::judge_view(steady_time now) {
  const auto seen = fingerprint();
  if (seen == view_)
    return;
  view_ = seen;
  view_since_ = now;
}

void membership::see(peer& who, member_state state) {
  if (who.seen == state)
    return;
  todo_.push_back(peer_changed{who.row.id, who.seen, state});
  who.seen = state;
}

void membership::mark_left(peer& who) {
  see(who, member_state::left);
  if (who.row.left)
    return;
  who.row.left = true;
  who.leased_until = steady_time::min();
  who.view_until = steady_time::min();
  todo_.push_back(write_member{who.row});
}

void membership::begin_own_life(node_life after) {
  self_.life = {std::max(after, self_.life).value + 1};
  sent_.clear();
  for (auto& [id, each] : peers_)
    each.leased_until = steady_time::min();
  if (standing_)
    todo_.push_back(standing_changed{false, self_.life});
  standing_ = false;
}

void membership::send_all(steady_time now) {
  while (!sent_.empty() && now - sent_.front().at > options_.lease())
    sent_.pop_front();
  sent_.push_back({++sequence_, now});
  heartbeat beat{.speaks = our_wire_versions,
                 .from = self_,
                 .sequence = sequence_,
                 .view = now - view_since_ < options_.takeover ? 0 : view_,
                 .load = load_};
  for (const auto& [id, each] : peers_)
    beat.members.push_back({each.row, each.seen});
  for (const auto& [id, each] : peers_) {
    if (each.row.left && now - each.heard >= options_.suspect_after())
      continue;
    beat.echo_life = each.row.life;
    const bool heard = each.spoke && each.seen != member_state::dead && !each.row.left;
    beat.echo = heard ? each.sequence : 0;
    // Each hears what we hold of it too: that is how it learns that it counts as dead.
    todo_.push_back(send_heartbeat{id, beat});
  }
}

std::uint64_t membership::fingerprint() const {
  std::uint64_t print = 1;
  auto add = [&](node_id id, bool lost) { print = mix(print, mix(id.value, lost ? 1 : 0)); };
  bool self_added = false;
  for (const auto& [id, each] : peers_) {
    if (!self_added && self_.id < id) {
      add(self_.id, false);
      self_added = true;
    }
    if (!each.row.left)
      add(id, each.lost);
  }
  if (!self_added)
    add(self_.id, false);
  return print;
}

} // namespace troupe::policy
