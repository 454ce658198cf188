// SHADOW's machine, second part: what nodes tell each other of messages that are settled,
// claimed or released, and how holders find out about copies that nobody needs.

#include "actors/policy/cluster/shadow.hpp"

#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

void shadow::settled(message_id id, steady_time now) {
  auto* const known = table_.find(id);
  if (known == nullptr)
    return;
  notify_holders(*known, {.id = id, .kind = notice_kind::settled}, {}, now);
  todo_.push_back(drop_custody{id});
  remember_settled(id);
  forget(id);
}

void shadow::settled(message_id id, std::vector<std::uint16_t> recipients, steady_time now) {
  if (const auto* const known = table_.find(id))
    notify_holders(*known, {.id = id, .kind = notice_kind::recipients, .recipients = std::move(recipients)}, {},
                   now);
}

void shadow::on(node_id from, const notices& x, bool, steady_time now) {
  notices_heard answers;
  auto& heard = heard_up_to_[from];
  for (const auto& each : x.items) {
    const bool again = each.sequence <= heard;
    heard = std::max(heard, each.sequence);
    answers.items.push_back(hear(from, each, again, now));
  }
  send(from, std::move(answers));
}

notice_reply shadow::hear(node_id from, const peer_notice& x, bool again, steady_time now) {
  auto* const known = table_.find(x.id);
  const notice_reply heard{x.sequence, x.id, notice_answer::heard, {}};
  if (x.kind == notice_kind::settled) {
    settled_elsewhere(x.id, from, now);
    return heard;
  }
  if (known == nullptr)
    return {x.sequence, x.id, notice_answer::unknown, {}};
  switch (x.kind) {
    case notice_kind::settled: break;
    case notice_kind::recipients:
      todo_.push_back(mark_recipients{x.id, x.recipients});
      if (known->owner == me_ && !again)
        notify_holders(*known, {.id = x.id, .kind = notice_kind::recipients, .recipients = x.recipients}, from, now);
      break;
    case notice_kind::released:
      // Heard again, it may be older than a copy that came since.
      if (again || known->state != custody_state::held || x.by != claim{known->term, nodes_.at(known->owner)}
          || x.by.owner != from)
        break;
      todo_.push_back(drop_custody{x.id});
      forget(x.id);
      break;
    case notice_kind::claimed:
      // Until our own 250 is decided, we cannot say that we have it.
      if (known->state == custody_state::keeping && !keeping_.at(x.id).here)
        return {x.sequence, x.id, notice_answer::unknown, {}};
      return hear_claim(x, *known);
  }
  return heard;
}

notice_reply shadow::hear_claim(const peer_notice& x, custody& known) {
  const claim ours{known.term, nodes_.at(known.owner)};
  if (x.by < ours)
    return {x.sequence, x.id, notice_answer::overruled, ours};
  if (x.by > ours)
    give_way(known, x.by, {});
  return {x.sequence, x.id, notice_answer::holding, x.by};
}

/// The truth, whoever says it: somewhere its last recipient was settled, on disk.
void shadow::settled_elsewhere(message_id id, node_id by, steady_time now) {
  const auto* const known = table_.find(id);
  remember_settled(id);
  if (known == nullptr)
    return;
  if (const auto waiting = keeping_.find(id); waiting != keeping_.end() && known->state == custody_state::keeping)
    todo_.push_back(accept_message{id, 1});
  if (known->owner == me_) {
    notify_holders(*known, {.id = id, .kind = notice_kind::settled}, by, now);
    todo_.push_back(discard_message{id});
  }
  todo_.push_back(drop_custody{id});
  forget(id);
}

void shadow::set_holders(custody& x, const std::vector<node_id>& all) {
  x.holders = {};
  x.confirmed = 0;
  for (const auto& each : all)
    if (each != self_ && each != nodes_.at(x.owner))
      put_holder(x, each, false);
}

/// A claim that is not smaller than the one known: from now on it is held for that one.
void shadow::give_way(custody& x, const claim& to, const std::vector<node_id>& holders) {
  const auto before = x.owner;
  if (before == me_) {
    ++counts_.taken_by_others;
    copying_.erase(x.id);
    moving_.erase(x.id);
    // A message whose 250 waits is not in the queue yet.
    if (x.state != custody_state::keeping)
      todo_.push_back(demote_message{x.id});
  }
  x.owner = nodes_.index_of(to.owner);
  x.term = to.term;
  x.state = custody_state::held;
  if (holders.empty()) {
    drop_holder(x, to.owner);
    x.confirmed = 0;
    if (before != me_ && before != x.owner)
      put_holder(x, nodes_.at(before), false);
  } else {
    set_holders(x, holders);
  }
  write(x);
}

void shadow::on(node_id from, const notices_heard& x, bool, steady_time now) {
  const auto found = out_.find(from);
  if (found == out_.end() || x.items.empty())
    return;
  // An answer that comes again may be older than what it speaks of.
  const auto before = found->second.answered();
  if (!found->second.answer(x.items.back().sequence, now))
    return;
  todo_.push_back(erase_notices{from, found->second.answered()});
  for (const auto& each : x.items) {
    auto* const known = table_.find(each.id);
    if (each.sequence <= before || known == nullptr || known->owner != me_)
      continue;
    switch (each.answer) {
      case notice_answer::heard: break;
      case notice_answer::holding:
        // There may be a later claim of ours: it has a notice of its own.
        if (slot_of(*known, from) < 0 && !put_holder(*known, from, false))
          notify(from, {.id = each.id, .kind = notice_kind::released, .by = {known->term, self_}}, now);
        else if (each.by == claim{known->term, self_}) {
          put_holder(*known, from, true);
          write(*known);
          repair_wanted_ = true; // perhaps there is one too many now
        }
        break;
      case notice_answer::unknown:
        if (slot_of(*known, from) >= 0 && !copying_.contains(each.id)) {
          drop_holder(*known, from);
          write(*known);
          repair_wanted_ = true;
        }
        break;
      case notice_answer::overruled:
        if (each.by > claim{known->term, self_})
          give_way(*known, each.by, {});
        break;
    }
  }
}

void shadow::notices_loaded(node_id to, const std::vector<peer_notice>& some, bool all, steady_time now) {
  auto& of = box(to);
  if (all)
    of.loaded_all();
  else
    of.loaded_some();
  for (const auto& each : some)
    of.restore(each, now);
  flush(now);
}

void shadow::flush(steady_time now) {
  if (!restored_)
    return;
  for (auto& [to, of] : out_) {
    if (!reachable(to))
      continue;
    if (const auto after = of.load())
      todo_.push_back(load_notices{to, *after, options_.out.window_max});
    if (auto batch = of.due(now); !batch.empty())
      send(to, notices{std::move(batch)});
  }
}

/// A holder asks now and then which of its copies nobody needs: those whose notice was
/// lost with a disk, that came after their notice, or that never got a 250.
void shadow::check_some(steady_time now) {
  if (!restored_ || now < check_due_)
    return;
  ++check_page_;
  checking_.clear();
  std::map<node_id, std::vector<message_id>> by_owner;
  std::size_t count = 0;
  for (auto left = options_.scan_slots; count < options_.check_page && left > 0;) {
    const auto part = std::min<std::size_t>(left, options_.check_page - count);
    left -= part;
    check_at_ = table_.scan(check_at_, part, [&](const custody& x) {
      if (x.state != custody_state::held || !reachable(nodes_.at(x.owner)))
        return;
      by_owner[nodes_.at(x.owner)].push_back(x.id);
      checking_.insert(x.id);
      ++count;
    });
    if (check_at_ == 0)
      break;
  }
  check_due_ = now + (check_at_ == 0 ? options_.check_every : options_.ask_again);
  for (auto& [owner, ids] : by_owner)
    send(owner, check_copies{check_page_, std::move(ids)});
}

void shadow::on(node_id from, const check_copies& x, bool, steady_time) {
  if (!restored_)
    return;
  copies_checked answer{x.page, {}};
  for (const auto id : x.ids) {
    // An owner never drops what is not settled, so what it does not know is settled.
    const auto* const known = table_.find(id);
    const bool ours = known != nullptr && known->owner == me_;
    if (known == nullptr || (ours && slot_of(*known, from) < 0 && !keeping_.contains(id) && !copying_.contains(id)))
      answer.gone.push_back(id);
  }
  if (!answer.gone.empty())
    send(from, std::move(answer));
}

void shadow::on(node_id from, const copies_checked& x, bool, steady_time) {
  if (x.page != check_page_)
    return;
  for (const auto id : x.gone) {
    const auto* const known = table_.find(id);
    if (checking_.erase(id) == 0 || known == nullptr || known->state != custody_state::held
        || nodes_.at(known->owner) != from)
      continue;
    todo_.push_back(drop_custody{id});
    forget(id);
  }
}

} // namespace troupe::policy
