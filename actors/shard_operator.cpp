// SHARD: what an operator asks and does.

#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>

namespace troupe::actors {

caf::result<operated> shard::on_operate(const operate& x) {
  auto by = std::make_shared<operation>();
  by->promise = make_response_promise<operated>();
  by->unwritten = 1; // until all of it is under way
  operations_.insert(by);
  operate how = x;
  std::vector<message_id> elsewhere;
  for (const auto id : how.ids) {
    const auto found = active_.find(id);
    if (found != active_.end())
      act_on(id, {found->second.mail, found->second.body}, how, by);
    else
      elsewhere.push_back(id);
  }
  how.ids.clear();
  if (elsewhere.empty()) {
    finish_operation(by);
    return caf::delegated<operated>{};
  }
  request(store_->now(), caf::infinite, load_messages{std::move(elsewhere)})
    .then(
      [this, how, by](const messages_loaded& loaded) {
        for (const auto& each : loaded.found) {
          // It may have come into memory meanwhile: what is there is newer.
          const auto id = each.mail->id;
          if (each.as == storage::kept_as::copy)
            continue; // another node's: passed over, as what is elsewhere
          const auto known = active_.find(id);
          act_on(id, known == active_.end() ? each : keep_message{known->second.mail, known->second.body},
                 how, by);
        }
        finish_operation(by);
      },
      [this, by](const caf::error& why) {
        by->why = from_caf(why);
        finish_operation(by);
      });
  return caf::delegated<operated>{};
}

void shard::act_on(message_id id, const keep_message& found, const operate& how,
                   const operation_ptr& by) {
  policy::settlement fate;
  if (how.act == queue_act::bounce) {
    fate = policy::settle_bounced(*found.mail, how.reason, wall());
  } else {
    fate.mail = *found.mail;
    for (auto& each : fate.mail.recipients) {
      if (is_settled(each.state))
        continue;
      switch (how.act) {
        case queue_act::hold:
          each.state = recipient_state::held;
          break;
        case queue_act::release:
          if (each.state == recipient_state::held) {
            each.state = recipient_state::queued;
            each.due = {};
            each.crashes = 0;
          }
          break;
        case queue_act::retry:
          if (each.state == recipient_state::queued)
            each.due = {};
          break;
        case queue_act::remove: each.state = recipient_state::removed; break;
        case queue_act::bounce: break;
      }
    }
    if (how.act == queue_act::hold)
      fate.mail.hold_reason = how.reason;
    else if (how.act == queue_act::release)
      fate.mail.hold_reason.clear();
  }
  if (fate.mail == *found.mail)
    return;
  ++by->count;
  ++by->unwritten;
  static constexpr const char* events[] = {"message_held", "message_released", "message_retried",
                                           "message_removed", "message_bounced"};
  log().info(events[static_cast<std::size_t>(how.act)],
             {{"msg", id}, {"reason", how.reason}, {"actor", "operator"}});
  change(found, std::move(fate), by);
}

void shard::change(const keep_message& found, policy::settlement fate, const operation_ptr& by) {
  const auto id = found.mail->id;
  auto known = active_.find(id);
  if (known == active_.end()) {
    // In memory until it is written, so that no page of the schedule brings it twice.
    schedule_.remove(due_of(*found.mail), id);
    known = active_.emplace(id, active_message{found.mail, found.body, 0, 0}).first;
    active_bytes_ += found.body->bytes.size();
  }
  apply(known->second, std::move(fate), nullptr, by);
}

void shard::finish_operation(const operation_ptr& by) {
  if (!by || --by->unwritten > 0)
    return;
  operations_.erase(by);
  if (by->why)
    by->promise.deliver(to_caf(*by->why));
  else
    by->promise.deliver(operated{by->count});
}

bool shard::is_parked_for(const destination& to, message_id id) {
  bool found = to.next_parked && to.next_parked->id == id;
  to.parked.for_each(
    [&](priority_class, turn_owner, const parked_message& each) { found = found || each.id == id; });
  return found;
}

message_place shard::on_explain_message(const explain_message& x) const {
  message_place place;
  const bool is_parked = parked_.contains(x.id);
  const auto note = [&](const std::string& key, const destination& to, const char* where) {
    place.where = where;
    place.destinations.push_back(key);
    if (to.route)
      place.routes.push_back(to.route);
  };
  for (const auto& [key, each] : destinations_) {
    if (const auto out = each.leased.find(x.id); out != each.leased.end()) {
      note(key, each, "leased");
      const auto age = std::chrono::duration_cast<milliseconds>(steady() - out->second.what->since);
      place.leased_for = std::max(place.leased_for, age);
    } else if (each.waiting.holds(x.id)) {
      note(key, each, "waiting");
    } else if (is_parked && is_parked_for(each, x.id)) {
      note(key, each, "parked");
    }
  }
  if (place.where.empty())
    place.where = active_.contains(x.id) ? "settling" : loading_.contains(x.id) ? "loading" : "scheduled";
  return place;
}

shard_view shard::on_describe_shard() const {
  shard_view view;
  view.active = active_.size();
  view.active_bytes = active_bytes_;
  view.scheduled = schedule_.size();
  view.parked = parked_.size();
  view.settling = unwritten_.size();
  for (const auto& [key, each] : destinations_)
    view.leased += each.leased.size();
  return view;
}

} // namespace troupe::actors
