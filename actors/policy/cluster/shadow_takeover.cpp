// SHADOW's machine, third part: ownership that changes hands. By death: a holder takes
// over, and who comes back asks first. By consent: a message is moved to another node.

#include "actors/policy/cluster/shadow.hpp"

#include <algorithm>

namespace troupe::policy {

void shadow::take_over_some(steady_time now) {
  for (auto& [id, entry] : lost_) {
    auto& lost = entry; // clang 14 captures no structured binding
    if (now < lost.round_at || taking_.size() >= options_.taking_max)
      continue;
    const auto owner = nodes_.index_of(id);
    const auto turn = (now - lost.since) / options_.turn;
    const auto room = options_.taking_max - taking_.size();
    std::vector<message_id> some;
    lost.cursor = table_.scan(lost.cursor, options_.scan_slots, [&](const custody& x) {
      if (x.owner != owner || x.state != custody_state::held)
        return;
      lost.found_some = true;
      if (some.size() < room && our_turn(x, turn))
        some.push_back(x.id);
    });
    // One that went by empty: the next holder's turn is the next time for a look.
    if (lost.cursor == 0 && !std::exchange(lost.found_some, false))
      lost.round_at = now + options_.turn;
    for (const auto each : some) {
      ++counts_.taken_over;
      take(*table_.find(each), custody_state::taking, now);
    }
  }
}

/// All holders compute the same order from what they know of the message's holders, and
/// of these nodes. Where they know different things, two may take it, and the greater
/// claim wins; if the first in order does not have it after all, the next one's turn comes.
bool shadow::our_turn(const custody& x, std::int64_t turn) const {
  std::vector<node_id> candidates;
  for (const auto each : x.holders)
    if (each != 0 && is_good(nodes_.at(each)))
      candidates.push_back(nodes_.at(each));
  return static_cast<std::int64_t>(takeover_rank(x.id, self_, candidates)) <= turn;
}

/// It is ours by a greater claim, and all who may have it are told so: the one that owned
/// it first of all, for when it comes back.
void shadow::take(custody& x, custody_state as, steady_time now) {
  const auto before = nodes_.at(x.owner);
  ++x.term;
  x.owner = me_;
  x.confirmed = 0;
  x.state = as;
  drop_holder(x, self_);
  if (before != self_)
    put_holder(x, before, false);
  write(x);
  for (const auto each : x.holders)
    if (each != 0)
      notify(nodes_.at(each), {.id = x.id, .kind = notice_kind::claimed, .by = {x.term, self_}}, now);
  if (as == custody_state::taking)
    taking_.push_back({x.id, now + options_.claim_wait});
}

void shadow::adopt_ready(steady_time now) {
  const auto ready = [&](const taken& each) {
    auto* const x = table_.find(each.id);
    if (x == nullptr || x->state != custody_state::taking)
      return true;
    bool awaited = false;
    for (std::size_t i = 0; i < holders_max; ++i)
      awaited |= x->holders[i] != 0 && (x->confirmed >> i & 1) == 0 && reachable(nodes_.at(x->holders[i]));
    if (awaited && now < each.until)
      return false;
    x->state = custody_state::owned;
    todo_.push_back(adopt_message{each.id});
    repair_wanted_ = true;
    return true;
  };
  std::erase_if(taking_, ready);
}

bool shadow::move(message_id id, node_id to, std::uint64_t bytes, unsigned hops_max, steady_time now) {
  auto* const x = table_.find(id);
  const auto* const there = peer(to);
  if (x == nullptr || x->state != custody_state::owned || x->hops >= hops_max || copying_.contains(id)
      || moving_.size() >= options_.moving_max || there == nullptr || !reachable(to) || there->load.draining
      || there->load.room_bytes < bytes)
    return false;
  x->state = custody_state::moving;
  moving_[id] = {{++attempts_, to, now}, bytes};
  repeat_moves(now);
  return true;
}

std::vector<message_id> shadow::movable(std::size_t limit, unsigned hops_max) {
  std::vector<message_id> some;
  // Slot by slot: who stops within a part would leave out the rest of it.
  for (auto left = options_.scan_slots; some.size() < limit && left > 0; --left) {
    move_at_ = table_.scan(move_at_, 1, [&](const custody& x) {
      if (x.state == custody_state::owned && x.hops < hops_max && !copying_.contains(x.id))
        some.push_back(x.id);
    });
    if (move_at_ == 0)
      break;
  }
  return some;
}

void shadow::repeat_moves(steady_time now) {
  for (auto& [id, under_way] : moving_) {
    if (now < under_way.now.until)
      continue;
    under_way.now.until = now + options_.ask_again * 2;
    const auto& x = *table_.find(id);
    auto row = row_of(x);
    row.by = {static_cast<std::uint16_t>(x.term + 1), under_way.now.to};
    row.hops = static_cast<std::uint8_t>(std::min(x.hops + 1, 255));
    row.confirmed = 0;
    std::erase(row.holders, under_way.now.to);
    if (row.holders.size() == holders_max)
      row.holders.pop_back();
    row.holders.push_back(self_);
    send(under_way.now.to, take_message{under_way.now.number, std::move(row), under_way.bytes});
  }
}

void shadow::on(node_id from, const take_message& x, bool has_room, steady_time now) {
  checking_.erase(x.row.id);
  // Settled here already: the notice is on its way, and says more than an answer could.
  if (x.row.by.owner != self_ || settled_.contains(x.row.id))
    return;
  auto* known = table_.find(x.row.id);
  if (known != nullptr) {
    const claim ours{known->term, nodes_.at(known->owner)};
    if (x.row.by <= ours) { // come again, or overtaken
      send(from, message_taken{x.attempt, x.row.id, ours});
      return;
    }
    if (known->state == custody_state::keeping)
      return;
  }
  if (!has_room) {
    send(from, message_declined{x.attempt, x.row.id});
    return;
  }
  if (known == nullptr)
    known = &table_.insert({.id = x.row.id});
  const bool was_ours = known->owner == me_;
  copying_.erase(known->id);
  moving_.erase(known->id);
  known->owner = me_;
  known->hops = x.row.hops;
  known->state = custody_state::owned;
  // As if taken over from the sender, by the claim that the sender gave.
  known->term = static_cast<std::uint16_t>(x.row.by.term);
  set_holders(*known, x.row.holders);
  write(*known, true);
  for (const auto each : known->holders)
    if (each != 0)
      notify(nodes_.at(each), {.id = known->id, .kind = notice_kind::claimed, .by = x.row.by}, now);
  ++counts_.moved_in;
  repair_wanted_ = true;
  if (!was_ours)
    todo_.push_back(adopt_message{known->id});
  send(from, message_taken{x.attempt, x.row.id, x.row.by});
}

void shadow::on(node_id from, const message_taken& x, bool, steady_time) {
  const auto found = moving_.find(x.id);
  if (found == moving_.end() || found->second.now.number != x.attempt || found->second.now.to != from)
    return;
  auto& known = *table_.find(x.id);
  if (x.by <= claim{known.term, self_})
    return;
  ++counts_.moved_out;
  --counts_.taken_by_others;
  give_way(known, x.by, {});
}

void shadow::on(node_id from, const message_declined& x, bool, steady_time) {
  const auto found = moving_.find(x.id);
  if (found == moving_.end() || found->second.now.number != x.attempt || found->second.now.to != from)
    return;
  moving_.erase(found);
  table_.find(x.id)->state = custody_state::owned;
}

void shadow::on(node_id from, const what_happened& x, bool, steady_time) {
  const auto* const known = peer(from);
  // While it is lost to us, we may be taking over from it.
  if (!restored_ || known == nullptr || known->lost)
    return;
  const auto asked = askers_.find(from);
  if (asked != askers_.end() && asked->second.life == x.life)
    return;
  askers_[from] = {x.life, box(from).last()};
  tell_askers();
}

void shadow::tell_askers() {
  std::erase_if(askers_, [&](const auto& each) {
    if (!box(each.first).through(each.second.mark))
      return false;
    send(each.first, all_told{each.second.life});
    return true;
  });
}

void shadow::on(node_id from, const all_told& x, bool, steady_time) {
  if (x.life == life_)
    told_.insert(from);
}

void shadow::ask_what_happened(steady_time now) {
  if (!restored_ || serving_ || !standing_)
    return;
  const bool all = std::all_of(peers_.begin(), peers_.end(), [&](const auto& each) {
    return each.lost || !each.reachable || told_.contains(each.id);
  });
  const auto members = peers_.size() + 1;
  const bool most = members <= 2 || (told_.size() + 1) * 2 > members;
  if (all || (most && now - asking_since_ >= options_.return_wait)) {
    serving_ = true;
    todo_.push_back(policy::serving_changed{true});
    return;
  }
  if (now < ask_at_)
    return;
  ask_at_ = now + options_.ask_again;
  for (const auto& each : peers_)
    if (!told_.contains(each.id))
      send(each.id, what_happened{life_});
}

} // namespace troupe::policy
