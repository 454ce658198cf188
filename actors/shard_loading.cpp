// SHARD: what comes into memory, from the STORE's news and from disk when it is due.

#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

/// Before messages are asked for again that the disk refused to read.
constexpr seconds unread_pause{30};

} // namespace

batch_taken shard::on_batch_kept(const batch_kept& x) {
  for (const auto& each : x.all)
    consider(each);
  return {};
}

void shard::consider(const keep_message& x) {
  // A page of the schedule may have been quicker.
  const auto id = x.mail->id;
  if (state_of(*x.mail) != message_state::queued || active_.contains(id) || loading_.contains(id))
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
  const storage::due_message after = due == wall_time::min() ? storage::due_message{}
                                                             : storage::due_message{due, id};
  request(store_->now(), caf::infinite, load_schedule{after, schedule_page_max})
    .then(
      [this](const schedule_loaded& x) {
        paging_ = false;
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

void shard::load_parked(destination& from) {
  if (draining_ || from.parked.empty() || !loading_.empty() || !has_room()
      || from.waiting.size() > lease_credit / 2)
    return;
  std::vector<message_id> ids;
  std::size_t bytes = 0;
  while (!from.parked.empty() && ids.size() < lease_credit / 2) {
    const auto next = from.parked.front();
    if (!fits_share(from.bytes + bytes, next.bytes))
      break;
    bytes += next.bytes;
    ids.push_back(next.id);
    parked_.erase(next.id);
    from.parked.pop_front();
  }
  load(std::move(ids));
}

void shard::load(std::vector<message_id> ids) {
  if (ids.empty())
    return;
  loading_.insert(ids.begin(), ids.end());
  request(store_->now(), caf::infinite, load_messages{ids})
    .then([this](const messages_loaded& x) { on_loaded(x); },
          [this, ids](const caf::error&) {
            // The STORE is overloaded or gone: they are on disk, and due.
            for (const auto id : ids) {
              loading_.erase(id);
              schedule_.add(wall_time{}, id);
            }
          });
}

void shard::on_loaded(const messages_loaded& x) {
  for (const auto& each : x.found) {
    loading_.erase(each.mail->id);
    if (draining_ || active_.contains(each.mail->id)
        || state_of(*each.mail) != message_state::queued)
      continue;
    // A clock set back, or an operator's act meanwhile: not due after all.
    if (const auto due = due_of(*each.mail); due > wall())
      schedule_.add(due, each.mail->id);
    else
      activate(each);
  }
  for (const auto id : x.unread) {
    loading_.erase(id);
    schedule_.add(wall() + unread_pause, id);
  }
  for (const auto id : x.missing) {
    loading_.erase(id);
    if (!x.why.empty())
      log().warn("message_unreadable", {{"msg", id}, {"actor", path()}, {"reason", x.why}});
  }
  load_due();
}

} // namespace troupe::actors
