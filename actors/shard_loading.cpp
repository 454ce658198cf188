// SHARD: what comes into memory, from the STORE's news and from disk when it is due.

#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>
#include <set>

namespace troupe::actors {

namespace {

/// Before messages are asked for again that the disk refused to read.
constexpr seconds unread_pause{30};

} // namespace

// What was in the dead one's hands is in ours: nobody else may bring it from disk.
void shard::inherit() {
  std::set<caf::actor_addr> holders;
  for (auto& each : options_.ledger->inherit()) {
    const auto id = each.mail->id;
    auto& message = active_[id];
    message.mail = each.mail;
    message.body = each.body;
    active_bytes_ += each.body->bytes.size();
    message.places = static_cast<unsigned>(each.leases.size());
    message.unwritten = static_cast<unsigned>(each.unwritten.size());
    for (auto& one : each.leases) {
      auto& to = destinations_[one.what->hop.key];
      to.hop = one.what->hop;
      to.bytes += each.body->bytes.size();
      to.leased.emplace(id, outstanding{one.what, one.to});
      holders.insert(one.to);
    }
    for (auto& one : each.unwritten)
      unwritten_.push_back({std::move(one), nullptr});
  }
  flush();
  on_leases_returned();
  for (const auto& each : holders)
    if (const auto route = caf::actor_cast<caf::strong_actor_ptr>(each))
      monitor<caf::message_priority::high>(caf::actor_cast<caf::actor>(route)); // dead: it is told at once
    else
      lose_route(each, {});
}

void shard::on_store_opened() {
  schedule_.begin_anew();
  page_anew_ = paging_;
  flush();
  load_page();
}

batch_taken shard::on_batch_kept(const batch_kept& x) {
  for (const auto& each : x.all)
    consider(each);
  return {};
}

void shard::consider(const keep_message& x) {
  // A page of the schedule may have been quicker.
  const auto id = x.mail->id;
  if (const auto known = active_.find(id); known != active_.end()) {
    known->second.leaving = false;
    return;
  }
  if (state_of(*x.mail) != message_state::queued)
    return;
  if (unwanted_.contains(id)) // what is being read is of the time before it was withdrawn
    return schedule_.add(due_of(*x.mail), id);
  if (loading_.contains(id))
    return;
  if (has_room() && !draining_)
    activate(x);
  else
    schedule_.add(due_of(*x.mail), id);
}

void shard::load_page() {
  if (paging_ || !schedule_.wants_page())
    return;
  paging_ = true;
  const auto& [due, id] = schedule_.cursor();
  page_anew_ = false;
  const storage::due_message after = due == wall_time::min() ? storage::due_message{}
                                                             : storage::due_message{due, id};
  request(store_->now(), caf::infinite, load_schedule{after, schedule_page_max})
    .then(
      [this](const schedule_loaded& x) {
        paging_ = false;
        if (page_anew_)
          return load_page();
        std::vector<policy::schedule::entry> page;
        page.reserve(x.entries.size());
        for (const auto& each : x.entries)
          if (!active_.contains(each.id) && !parked_.contains(each.id) && !loading_.contains(each.id))
            page.emplace_back(each.due, each.id);
        const auto up_to = x.entries.empty()
                             ? schedule_.cursor()
                             : policy::schedule::entry{x.entries.back().due, x.entries.back().id};
        schedule_.add_page(page, up_to, x.last);
        load_due();
        load_page();
      },
      [this](const caf::error&) { paging_ = false; });
}

void shard::load_due() {
  if (draining_ || !loading_.empty() || !has_room())
    return;
  const auto room = options_.active_messages_max - active_.size();
  load(schedule_.take_due(wall(), std::min(room, load_batch_max)));
}

// No faster than it is asked for: what comes back only to wait would be put away again
// where memory is scarce.
void shard::load_parked(destination& from) {
  const auto width = from.credit.width(sessions_hold(from.hop));
  if (draining_ || (from.parked.empty() && !from.next_parked) || !loading_.empty() || !has_room()
      || from.waiting.size() > width / 2)
    return;
  const auto most = std::max<std::size_t>(1, width / 2);
  std::vector<message_id> ids;
  std::size_t bytes = 0;
  while (ids.size() < most) {
    if (!from.next_parked)
      from.next_parked = from.parked.pop();
    if (!from.next_parked || !fits_share(from.bytes + bytes, from.next_parked->bytes))
      break;
    bytes += from.next_parked->bytes;
    ids.push_back(from.next_parked->id);
    parked_.erase(from.next_parked->id);
    from.next_parked.reset();
  }
  load(std::move(ids), admission::granted);
}

void shard::load(std::vector<message_id> ids, admission whether) {
  if (ids.empty())
    return;
  loading_.insert(ids.begin(), ids.end());
  request(store_->now(), caf::infinite, load_messages{ids})
    .then([this, whether](const messages_loaded& x) { on_loaded(x, whether); },
          [this, ids](const caf::error&) {
            // The STORE is overloaded or gone: they are on disk, and due.
            for (const auto id : ids) {
              loading_.erase(id);
              if (unwanted_.erase(id) == 0)
                schedule_.add(wall_time{}, id);
            }
          });
}

void shard::on_loaded(const messages_loaded& x, admission whether) {
  for (const auto& each : x.found) {
    loading_.erase(each.mail->id);
    if (unwanted_.erase(each.mail->id) > 0 || draining_ || active_.contains(each.mail->id)
        || each.as == storage::kept_as::copy || state_of(*each.mail) != message_state::queued)
      continue;
    // A clock set back, or an operator's act meanwhile: not due after all.
    if (const auto due = due_of(*each.mail); due > wall())
      schedule_.add(due, each.mail->id);
    else
      activate(each, whether);
  }
  for (const auto id : x.unread) {
    loading_.erase(id);
    if (unwanted_.erase(id) == 0)
      schedule_.add(wall() + unread_pause, id);
  }
  for (const auto id : x.missing) {
    loading_.erase(id);
    unwanted_.erase(id);
    if (!x.why.empty())
      log().warn("message_unreadable", {{"msg", id}, {"actor", path()}, {"reason", x.why}});
  }
  load_due();
}

} // namespace troupe::actors
