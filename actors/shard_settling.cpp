// SHARD: what came of the attempts, and writing it down.

#include "actors/shard.hpp"

#include "actors/event_log.hpp"
#include "actors/metrics.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

void shard::on_leases_returned() {
  auto& ledger = *options_.ledger;
  while (const auto* back = ledger.first_back()) {
    on_attempt_finished(*back);
    ledger.forget_first();
  }
}

void shard::on_attempt_finished(const attempt_finished& x) {
  const auto id = x.what->mail->id;
  const auto place = destinations_.find(x.what->hop.key);
  if (place == destinations_.end())
    return;
  auto& from = place->second;
  const auto out = from.leased.find(id);
  if (out == from.leased.end() || out->second.what != x.what)
    return; // the lease lapsed with an earlier route
  if (options_.spans && options_.spans->wants(id))
    trace(x);
  const auto with = out->second.with;
  from.leased.erase(out);
  from.waiting.suspect_ended(id);
  if (x.end == attempt_end::closing && from.route && from.route.address() == with) {
    from.route = nullptr;
    from.valid_until = {};
    from.dead = with;
  }
  switch (x.end) {
    case attempt_end::made:
      from.credit.answered();
      settle(id, x.results, x.what);
      leave_place(from, id);
      break;
    case attempt_end::put_off:
      put_off(x.what, x.results, x.wait);
      leave_place(from, id);
      break;
    case attempt_end::not_made:
    case attempt_end::closing:
    case attempt_end::stopped: // perhaps it was delivered: twice is better than never
      options_.ledger->take_back(x.what);
      from.waiting.push_again({id, x.what->recipients, is_suspect(*x.what->mail, x.what->recipients),
                               x.what->look_again});
      break;
    case attempt_end::crashed:
      interrupt(x.what, x.why);
      leave_place(from, id);
      break;
  }
  if (draining_) {
    for (const auto& each : from.waiting.take_all())
      leave_place(from, each.id);
    return;
  }
  lease_waiting(from);
  load_parked(from);
}

void shard::settle(message_id id, const std::vector<policy::attempt_result>& results,
                   const lease_ptr& with) {
  const auto found = active_.find(id);
  TROUPE_EXPECT(found != active_.end());
  take_fate(found->second,
            policy::settle(*found->second.mail, results, options_.settle, wall(), throw_dice()),
            results, with);
}

void shard::put_off(const lease_ptr& what, const std::vector<policy::attempt_result>& results,
                    seconds wait) {
  const auto found = active_.find(what->mail->id);
  TROUPE_EXPECT(found != active_.end());
  take_fate(found->second,
            policy::settle_put_off(*found->second.mail, results, wait, options_.settle, wall()),
            results, what);
}

void shard::take_fate(active_message& message, policy::settlement fate,
                      const std::vector<policy::attempt_result>& results, const lease_ptr& with) {
  for (const auto& event : fate.events) {
    const auto result = std::find_if(results.begin(), results.end(), [&](const auto& each) {
      return each.recipient == event.recipient;
    });
    if (result != results.end())
      tell(fate.mail, *result, event.what);
  }
  apply(message, std::move(fate), with, nullptr);
}

// Nobody knows whether it was delivered: twice is better than never.
void shard::interrupt(const lease_ptr& what, const std::string& why) {
  const auto found = active_.find(what->mail->id);
  TROUPE_EXPECT(found != active_.end());
  auto fate = policy::settle_interrupted(*found->second.mail, what->recipients, why, options_.settle, wall());
  for (const auto& event : fate.events)
    if (event.what == policy::settled_as::held)
      tell_held(fate.mail, event.recipient);
  apply(found->second, std::move(fate), what, nullptr);
}

void shard::tell_held(const queued_message& mail, std::size_t recipient) const {
  log().warn("message_held", {{"msg", mail.id}, {"from", to_string(mail.sender)},
                              {"to", to_string(mail.recipients[recipient].to.address)},
                              {"reason", mail.hold_reason}});
}

void shard::apply(active_message& message, policy::settlement fate, const lease_ptr& with,
                  operation_ptr by) {
  settling what;
  what.id = fate.mail.id;
  what.notices = std::move(fate.notices);
  message.mail = std::make_shared<const queued_message>(std::move(fate.mail));
  if (state_of(*message.mail) != message_state::settled)
    what.mail = message.mail;
  ++message.unwritten;
  options_.ledger->settle(what, message.mail, message.body, with);
  write(std::move(what), std::move(by));
}

void shard::write(settling what, operation_ptr by) {
  unwritten_.push_back({std::move(what), std::move(by)});
  flush();
}

// One request in flight; what comes meanwhile is the next batch.
void shard::flush() {
  if (settling_ || unwritten_.empty())
    return;
  settling_ = true;
  being_written_ = std::exchange(unwritten_, {});
  settle_messages x;
  x.all.reserve(being_written_.size());
  for (const auto& each : being_written_)
    x.all.push_back(each.what);
  request<caf::message_priority::high>(store_->now(), caf::infinite, std::move(x))
    .then(
      [this](const messages_settled&) {
        settling_ = false;
        on_written(std::exchange(being_written_, {}));
        flush();
      },
      [this](const caf::error&) {
        // The STORE died. Whatever it did of this, it does not mind being asked again.
        settling_ = false;
        std::move(unwritten_.begin(), unwritten_.end(), std::back_inserter(being_written_));
        unwritten_ = std::exchange(being_written_, {});
      });
}

void shard::on_written(const std::vector<unwritten>& all) {
  for (const auto& each : all) {
    options_.ledger->written(each.what.id);
    if (const auto found = active_.find(each.what.id); found != active_.end()) {
      --found->second.unwritten;
      retire(each.what.id);
    }
    finish_operation(each.operation);
  }
  load_due();
}

void shard::leave_place(destination& from, message_id id) {
  const auto found = active_.find(id);
  TROUPE_EXPECT(found != active_.end() && found->second.places > 0);
  from.bytes -= found->second.body->bytes.size();
  --found->second.places;
  retire(id);
}

// Out of memory, once nobody has it in hand and all about it is on disk.
void shard::retire(message_id id) {
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.places > 0 || found->second.unwritten > 0)
    return;
  const auto mail = found->second.mail;
  const bool leaving = found->second.leaving;
  active_bytes_ -= found->second.body->bytes.size();
  active_.erase(found);
  if (!leaving && state_of(*mail) == message_state::queued)
    schedule_.add(due_of(*mail), id);
}

void shard::tell(const queued_message& mail, const policy::attempt_result& result,
                 policy::settled_as as) const {
  const auto& to = mail.recipients[result.recipient];
  const auto age = std::chrono::duration<double>(wall() - mail.received).count();
  const auto from = to_string(mail.sender);
  const auto recipient = to_string(to.to.address);
  const auto answer = to_string(result.what.answer);
  const auto say = [&](std::string_view event) {
    log().info(event, {{"msg", mail.id}, {"from", from}, {"to", recipient},
                       {"relay", result.what.remote}, {"tls", result.what.tls},
                       {"code", result.what.answer.code}, {"reply", answer},
                       {"attempt", to.attempts}, {"queue_seconds", age}});
  };
  switch (as) {
    case policy::settled_as::delivered:
      metrics().messages_delivered_total().add();
      metrics().delivery_attempts_total("delivered").add();
      metrics().accept_to_delivery_seconds().observe(age);
      return say("message_delivered");
    case policy::settled_as::deferred:
      metrics().delivery_attempts_total("deferred").add();
      [[fallthrough]];
    case policy::settled_as::put_off:
      metrics().messages_deferred_total().add();
      if (log().is_on(log_level::info)) {
        const auto next = format_rfc3339(to.due);
        log().info("message_deferred",
                   {{"msg", mail.id}, {"from", from}, {"to", recipient},
                    {"relay", result.what.remote}, {"code", result.what.answer.code},
                    {"reply", answer}, {"attempt", to.attempts}, {"next_attempt", next},
                    {"queue_seconds", age}});
      }
      return;
    case policy::settled_as::failed:
      metrics().messages_bounced_total().add();
      metrics().delivery_attempts_total("failed").add();
      return say("message_bounced");
    case policy::settled_as::expired:
      metrics().messages_bounced_total().add();
      metrics().delivery_attempts_total("failed").add();
      return say("message_expired");
    case policy::settled_as::held: return say("message_held");
  }
}

} // namespace troupe::actors
