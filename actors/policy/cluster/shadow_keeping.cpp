// SHADOW's machine, first part: from a message that came in to its 250, and from too few
// copies to enough.

#include "actors/policy/cluster/shadow.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

bool contains(const std::vector<node_id>& those, node_id one) {
  return std::find(those.begin(), those.end(), one) != those.end();
}

} // namespace

void shadow::keep(message_id id, std::uint64_t bytes, steady_time now) {
  TROUPE_EXPECT(table_.find(id) == nullptr);
  if (keeping_.size() >= options_.keeping_max) {
    ++counts_.refused;
    todo_.push_back(refuse_message{id});
    return;
  }
  auto& p = keeping_[id];
  p.bytes = bytes;
  p.until = now + options_.keep_total;
  auto& x = table_.insert({.id = id, .owner = me_, .state = custody_state::keeping});
  for (const auto& to : choose_holders(id, bytes, peers_)) {
    if (p.on_disk.size() + 1 >= options_.copies)
      break;
    p.on_disk.push_back(to);
    put_holder(x, to, true);
  }
  todo_.push_back(keep_here{row_of(x)});
  x.confirmed = 0;
  ask_more(id, p, now);
}

/// Asks as many peers as copies are missing and not already asked for.
void shadow::ask_more(message_id id, pending& p, steady_time now) {
  auto row = row_of(*table_.find(id));
  row.confirmed = 0;
  for (const auto& to : choose_holders(id, p.bytes, peers_)) {
    if (p.have.size() + p.asked.size() + 1 >= options_.copies)
      return;
    if (contains(p.tried, to))
      continue;
    p.tried.push_back(to);
    p.asked.push_back({++attempts_, to, now + options_.keep_try});
    if (!contains(row.holders, to) && row.holders.size() < holders_max)
      row.holders.push_back(to);
    send(to, keep_copy{attempts_, row, p.bytes});
  }
}

void shadow::decide(message_id id, pending& p, steady_time now) {
  if (!p.here)
    return;
  auto& x = *table_.find(id);
  if (x.state == custody_state::held) { // somebody took it over before we were through
    todo_.push_back(accept_message{id, 2});
    todo_.push_back(demote_message{id});
    keeping_.erase(id);
    return;
  }
  const bool enough = p.have.size() + 1 >= options_.copies;
  if (!enough && !p.asked.empty() && now < p.until)
    return;
  if (!enough && options_.when_short == short_rule::refuse) {
    ++counts_.refused;
    notify_holders(x, {.id = id, .kind = notice_kind::settled}, {}, now);
    todo_.push_back(drop_custody{id});
    todo_.push_back(refuse_message{id});
    remember_settled(id);
    forget(id);
    return;
  }
  x.holders = {};
  x.confirmed = 0;
  for (const auto& to : p.have)
    put_holder(x, to, true);
  x.state = custody_state::owned;
  const bool as_written = p.have.size() == p.on_disk.size()
                          && std::all_of(p.have.begin(), p.have.end(),
                                         [&](node_id each) { return contains(p.on_disk, each); });
  if (!as_written)
    write(x);
  // Who was asked in vain has it perhaps.
  for (const auto& to : p.tried)
    if (!contains(p.have, to))
      notify(to, {.id = id, .kind = notice_kind::released, .by = {x.term, self_}}, now);
  if (!enough) {
    ++counts_.short_of_copies;
    repair_wanted_ = true;
  }
  ++counts_.owned;
  todo_.push_back(accept_message{id, p.have.size() + 1});
  keeping_.erase(id);
}

void shadow::kept_here(message_id id, steady_time now) {
  const auto found = keeping_.find(id);
  if (found == keeping_.end())
    return;
  found->second.here = true;
  decide(id, found->second, now);
}

void shadow::not_kept_here(message_id id, steady_time now) {
  if (!keeping_.contains(id))
    return;
  ++counts_.refused;
  notify_holders(*table_.find(id), {.id = id, .kind = notice_kind::settled}, {}, now);
  todo_.push_back(drop_custody{id});
  todo_.push_back(refuse_message{id});
  remember_settled(id);
  forget(id);
}

void shadow::give_up_late(steady_time now) {
  std::vector<message_id> late;
  for (auto& [id, p] : keeping_) {
    const auto expired = std::erase_if(p.asked, [&](const attempt& x) { return now >= x.until; });
    if (expired > 0 || now >= p.until)
      late.push_back(id);
  }
  for (const auto id : late) {
    auto& p = keeping_.at(id);
    if (now < p.until)
      ask_more(id, p, now);
    decide(id, p, now);
  }
  late.clear();
  for (const auto& [id, under_way] : copying_)
    if (now >= under_way.until)
      late.push_back(id);
  for (const auto id : late) {
    const auto to = copying_.at(id).to;
    copying_.erase(id);
    repair_wanted_ = true;
    if (slot_of(*table_.find(id), to) < 0)
      notify(to, {.id = id, .kind = notice_kind::released, .by = {table_.find(id)->term, self_}}, now);
  }
}

void shadow::on(node_id from, const keep_copy& x, bool has_room, steady_time now) {
  checking_.erase(x.row.id);
  const auto refuse = [&] { send(from, copy_refused{x.attempt, x.row.id}); };
  if (x.row.by.owner != from || settled_.contains(x.row.id))
    return refuse();
  auto* known = table_.find(x.row.id);
  if (known == nullptr) {
    if (!has_room)
      return refuse();
    known = &table_.insert({.id = x.row.id, .owner = nodes_.index_of(from), .term = x.row.by.term,
                            .hops = x.row.hops, .state = custody_state::held});
    set_holders(*known, x.row.holders);
    write(*known, true);
  } else {
    const claim ours{known->term, nodes_.at(known->owner)};
    if (x.row.by < ours) {
      // The sender does not know yet who owns it: if it is we, we say so.
      if (known->owner == me_)
        notify(from, {.id = known->id, .kind = notice_kind::claimed, .by = ours}, now);
      return refuse();
    }
    // Our own copy of it is not on disk yet.
    if (known->state == custody_state::keeping && !keeping_.at(x.row.id).here)
      return refuse();
    give_way(*known, x.row.by, x.row.holders);
  }
  send(from, copy_kept{x.attempt, x.row.id});
}

void shadow::on(node_id from, const copy_kept& x, bool, steady_time now) {
  if (const auto found = keeping_.find(x.id); found != keeping_.end()) {
    auto& p = found->second;
    if (std::erase_if(p.asked, [&](const attempt& each) { return each.number == x.attempt && each.to == from; }) == 0)
      return;
    p.have.push_back(from);
    decide(x.id, p, now);
    return;
  }
  const auto copying = copying_.find(x.id);
  if (copying == copying_.end() || copying->second.number != x.attempt || copying->second.to != from)
    return;
  copying_.erase(copying);
  if (auto* const known = table_.find(x.id); known != nullptr && known->owner == me_)
    copied(*known, from, now);
}

void shadow::on(node_id from, const copy_refused& x, bool, steady_time now) {
  if (const auto found = keeping_.find(x.id); found != keeping_.end()) {
    auto& p = found->second;
    if (std::erase_if(p.asked, [&](const attempt& each) { return each.number == x.attempt && each.to == from; }) == 0)
      return;
    ask_more(x.id, p, now);
    decide(x.id, p, now);
    return;
  }
  const auto copying = copying_.find(x.id);
  if (copying != copying_.end() && copying->second.number == x.attempt && copying->second.to == from)
    copying->second.until = now + options_.keep_try; // not at once again
}

void shadow::own(message_id id) {
  if (table_.find(id) != nullptr || settled_.contains(id))
    return;
  write(table_.insert({.id = id, .owner = me_, .state = custody_state::owned}));
  ++counts_.owned;
  repair_wanted_ = true;
}

/// Goes over the table for messages with too few copies, or too many.
void shadow::repair(steady_time now) {
  if (!restored_ || !(repairing_ || repair_wanted_) || copying_.size() >= options_.copying_max)
    return;
  if (!repairing_) {
    repairing_ = true;
    repair_wanted_ = false;
    repair_at_ = 0;
  }
  std::vector<message_id> some;
  const auto room = options_.copying_max - copying_.size();
  repair_at_ = table_.scan(repair_at_, options_.scan_slots, [&](const custody& x) {
    if (x.state != custody_state::owned)
      return;
    const auto confirmed = static_cast<std::size_t>(__builtin_popcount(x.confirmed));
    const auto good = good_holders(x);
    if (good + 1 == options_.copies && confirmed == good)
      return;
    if (some.size() < room)
      some.push_back(x.id);
    else
      repair_wanted_ = true;
  });
  repairing_ = repair_at_ != 0;
  for (const auto id : some)
    mend(id, now);
}

void shadow::mend(message_id id, steady_time now) {
  auto* const x = table_.find(id);
  if (good_holders(*x) + 1 < options_.copies)
    copy_anew(*x, now);
  else
    trim(*x, now);
}

void shadow::copy_anew(custody& x, steady_time now) {
  if (copying_.contains(x.id))
    return;
  // A holder that is being asked whether it holds for us will answer.
  for (std::size_t i = 0; i < holders_max; ++i)
    if (x.holders[i] != 0 && (x.confirmed >> i & 1) == 0 && reachable(nodes_.at(x.holders[i])))
      return;
  for (const auto& to : choose_holders(x.id, 0, peers_)) {
    if (slot_of(x, to) >= 0 || box(to).releases(x.id))
      continue;
    auto row = row_of(x);
    row.confirmed = 0;
    if (row.holders.size() < holders_max)
      row.holders.push_back(to);
    copying_[x.id] = {++attempts_, to, now + options_.keep_total};
    send(to, keep_copy{attempts_, std::move(row), 0});
    return;
  }
}

void shadow::copied(custody& x, node_id to, steady_time now) {
  ++counts_.copied_anew;
  if (!put_holder(x, to, true)) {
    for (const auto each : x.holders) {
      if (const auto id = nodes_.at(each); !is_good(id)) {
        drop_holder(x, id);
        put_holder(x, to, true);
        write(x);
        notify(id, {.id = x.id, .kind = notice_kind::released, .by = {x.term, self_}}, now);
        break;
      }
    }
  } else {
    write(x);
  }
  trim(x, now);
  if (good_holders(x) + 1 < options_.copies)
    repair_wanted_ = true;
}

/// Lets go of holders that are too many: first those that do not count.
void shadow::trim(custody& x, steady_time now) {
  const auto wanted = options_.copies - 1;
  while (good_holders(x) >= wanted) {
    node_id last{};
    for (std::size_t i = 0; i < holders_max; ++i) {
      const auto id = nodes_.at(x.holders[i]);
      if (x.holders[i] == 0 || (x.confirmed >> i & 1) == 0 || (last != node_id{} && is_good(id)))
        continue;
      if (!is_good(id) || good_holders(x) > wanted)
        last = id;
    }
    if (last == node_id{})
      return;
    drop_holder(x, last);
    write(x);
    notify(last, {.id = x.id, .kind = notice_kind::released, .by = {x.term, self_}}, now);
  }
}

} // namespace troupe::policy
