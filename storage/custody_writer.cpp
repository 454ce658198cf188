#include "storage/custody_writer.hpp"

#include "net/core/expect.hpp"
#include "storage/queue_schema.hpp"

#include <limits>

namespace troupe::storage {

namespace {

constexpr const char* settled_by_another = "settled by another node of the cluster";

// A row that nobody can read is not the cluster's to mend: it stays as it is.
bool is_unreadable(const error& why) {
  return why.code == errc::malformed || why.code == errc::storage_foreign;
}

message_state state_after(const message_row& row, const queued_message& mail) {
  return row.counted.state == message_state::copy ? message_state::copy : state_of(mail);
}

} // namespace

status custody_writer::prepare(const sqlite_database& db) {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"INSERT OR REPLACE INTO custody(id, row) VALUES(?1, ?2)", put_custody_},
    {"DELETE FROM custody WHERE id = ?1", drop_custody_},
    {"INSERT OR REPLACE INTO notice(peer, sequence, row) VALUES(?1, ?2, ?3)", put_notice_},
    {"DELETE FROM notice WHERE peer = ?1 AND sequence <= ?2", erase_notices_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db.prepare(sql, into); !done)
      return done;
  return {};
}

status custody_writer::write(const custody_writes& all) {
  for (const auto& each : all)
    if (auto done = std::visit([this](const auto& x) { return carry_out(x); }, each); !done)
      return done;
  return {};
}

status custody_writer::merge(const message_row& known, const arrival& copy) {
  if (copy.body->in_file() && !known.in_file)
    messages_.drop_file(known.counted.id);
  auto stored = messages_.mail_of(known.counted.id);
  if (!stored)
    return is_unreadable(stored.error()) ? status{} : status{stored.error()};
  const auto& came = *copy.mail;
  // One id, two messages: a fault of its sender, and no reason to touch what we have.
  if (came.recipients.size() != stored->recipients.size() || came.body_bytes != stored->body_bytes)
    return {};
  auto merged = known.counted.state == message_state::copy ? came : *stored;
  for (std::size_t i = 0; i < merged.recipients.size(); ++i)
    if (is_settled(stored->recipients[i].state))
      merged.recipients[i] = stored->recipients[i];
    else if (is_settled(came.recipients[i].state))
      merged.recipients[i] = came.recipients[i];
  return merged == *stored ? status{} : messages_.replace(known, merged, state_after(known, merged));
}

status custody_writer::carry_out(const put_custody& x) {
  TROUPE_EXPECT(x.row.size() <= custody_row_bytes_max);
  return put_custody_.bind(1, x.id.value).bind_blob(2, x.row).run();
}

status custody_writer::carry_out(const drop_custody& x) {
  if (auto done = drop_custody_.bind(1, x.id.value).run(); !done)
    return done;
  const auto known = messages_.find(x.id);
  if (!known)
    return known.error();
  return *known && (**known).counted.state == message_state::copy ? messages_.remove(**known) : status{};
}

status custody_writer::carry_out(const mark_recipients& x) {
  const auto known = messages_.find(x.id);
  if (!known || !*known)
    return known ? status{} : status{known.error()};
  const auto stored = messages_.mail_of(x.id);
  if (!stored)
    return is_unreadable(stored.error()) ? status{} : status{stored.error()};
  auto marked = *stored;
  for (const auto index : x.recipients)
    if (index < marked.recipients.size() && !is_settled(marked.recipients[index].state)) {
      marked.recipients[index].state = recipient_state::delivered;
      marked.recipients[index].last_reply = settled_by_another;
    }
  return marked == *stored ? status{} : messages_.replace(**known, marked, state_after(**known, marked));
}

status custody_writer::carry_out(const put_notice& x) {
  TROUPE_EXPECT(x.row.size() <= custody_row_bytes_max);
  TROUPE_EXPECT(x.sequence <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  return put_notice_.bind(1, static_cast<std::int64_t>(x.peer))
    .bind(2, static_cast<std::int64_t>(x.sequence))
    .bind_blob(3, x.row)
    .run();
}

status custody_writer::carry_out(const erase_notices& x) {
  constexpr auto all = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return erase_notices_.bind(1, static_cast<std::int64_t>(x.peer))
    .bind(2, static_cast<std::int64_t>(std::min(x.up_to, all)))
    .run();
}

status custody_writer::carry_out(const adopt_message& x) {
  const auto known = messages_.find(x.id);
  if (!known)
    return known.error();
  if (!*known || (**known).counted.state != message_state::copy)
    return {};
  const auto mail = messages_.mail_of(x.id);
  if (!mail && !is_unreadable(mail.error()))
    return mail.error();
  // Held: out of the schedule, there for whoever can mend it (see queue_store::set_aside).
  const auto state = mail ? state_of(*mail) : message_state::held;
  return messages_.move_to(**known, state, mail ? due_column(*mail, state) : 0);
}

status custody_writer::carry_out(const demote_message& x) {
  const auto known = messages_.find(x.id);
  if (!known)
    return known.error();
  if (!*known || (**known).counted.state == message_state::copy)
    return {};
  return messages_.move_to(**known, message_state::copy, 0);
}

status custody_writer::carry_out(const discard_message& x) {
  const auto known = messages_.find(x.id);
  if (!known)
    return known.error();
  return *known ? messages_.remove(**known) : status{};
}

} // namespace troupe::storage
