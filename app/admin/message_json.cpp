#include "app/admin/message_json.hpp"

namespace troupe::app {

namespace {

const char* name_of(recipient_state state) {
  switch (state) {
    case recipient_state::queued: return "queued";
    case recipient_state::held: return "held";
    case recipient_state::delivered: return "delivered";
    case recipient_state::failed: return "failed";
    case recipient_state::removed: return "removed";
  }
  return "queued";
}

json recipient_json(const queued_recipient& who, wall_time now) {
  json out{
    {"to", to_string(who.to.address)}, {"state", name_of(who.state)}, {"attempts", who.attempts}};
  if (!who.last_reply.empty())
    out["last_reply"] = who.last_reply;
  if (who.last_attempt != wall_time{})
    out["last_attempt"] = format_rfc3339(who.last_attempt);
  if (who.state == recipient_state::queued) {
    if (who.due > now)
      out["next_attempt"] = format_rfc3339(who.due);
    out["next_attempt_seconds"] = seconds_between(now, who.due);
  }
  if (who.crashes > 0)
    out["crashes"] = who.crashes;
  return out;
}

} // namespace

json list_json(const listed_message& row, unsigned shard, wall_time now) {
  json out{{"id", to_string(row.id)},
           {"state", to_string(row.state)},
           {"from", row.from},
           {"to", row.to},
           {"recipients", row.recipients},
           {"bytes", row.bytes},
           {"received", format_rfc3339(row.received)},
           {"age_seconds", seconds_between(row.received, now)},
           {"attempts", row.attempts},
           {"shard", shard}};
  if (row.state != shown_state::held && row.state != shown_state::copy)
    out["next_attempt_seconds"] = seconds_between(now, row.due);
  if (!row.reason.empty())
    out["reason"] = row.reason;
  return out;
}

json message_json(const queued_message& mail, unsigned shard, wall_time now, storage::kept_as kind) {
  json out{{"id", to_string(mail.id)},
           {"state", to_string(shown_state_of(mail, kind))},
           {"from", sender_text(mail.sender)},
           {"client", mail.client},
           {"bytes", mail.body_bytes},
           {"received", format_rfc3339(mail.received)},
           {"age_seconds", seconds_between(mail.received, now)},
           {"shard", shard}};
  if (!mail.hold_reason.empty())
    out["hold_reason"] = mail.hold_reason;
  if (!mail.envid.empty())
    out["envid"] = mail.envid;
  if (mail.smtputf8)
    out["smtputf8"] = true;
  if (mail.tls != tls_wish::none)
    out["tls"] = mail.tls == tls_wish::required ? "required" : "optional";
  if (mail.priority != 0)
    out["priority"] = mail.priority;
  auto& recipients = out["recipients"] = json::array();
  for (const auto& each : mail.recipients)
    recipients.push_back(recipient_json(each, now));
  return out;
}

} // namespace troupe::app
