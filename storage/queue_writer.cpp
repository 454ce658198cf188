#include "storage/queue_writer.hpp"

#include "net/core/expect.hpp"
#include "storage/message_codec.hpp"
#include "storage/queue_schema.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace troupe::storage {

namespace {

// Only what is queued has a place in the schedule.
std::int64_t due_column(const queued_message& mail, message_state state) {
  return state == message_state::queued ? milliseconds_of(due_of(mail)) : 0;
}

} // namespace

status queue_writer::prepare() {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"BEGIN IMMEDIATE", begin_},
    {"COMMIT", commit_},
    {"ROLLBACK", rollback_},
    {"INSERT INTO message(id, state, due, size, file, mail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
     add_message_},
    {"INSERT INTO body(id, bytes) VALUES(?1, ?2)", add_body_},
    {"SELECT state, size, file FROM message WHERE id = ?1", find_},
    {"SELECT mail FROM message WHERE id = ?1", mail_of_},
    {"UPDATE message SET state = ?2, due = ?3, mail = ?4 WHERE id = ?1", replace_},
    {"DELETE FROM message WHERE id = ?1", drop_message_},
    {"DELETE FROM body WHERE id = ?1", drop_body_},
    {"UPDATE message SET state = 1, due = 0 WHERE id = ?1", hold_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db_.prepare(sql, into); !done)
      return done;
  return {};
}

status queue_writer::transact(std::span<const arrival> arrivals,
                                   std::span<const settlement> settlements) {
  after_.clear();
  if (auto written = write(arrivals, settlements); !written) {
    // SQLite has rolled back by itself after most of what can fail here.
    if (sqlite3_get_autocommit(db_.handle()) == 0)
      if (auto undone = rollback_.run(); !undone)
        return undone;
    return written;
  }
  for (const auto& each : after_.came)
    counter_.came(each);
  for (const auto& each : after_.went)
    counter_.went(each);
  // Never before the commit: until then the row still needs its file. One that
  // cannot be unlinked is an orphan and goes at the next start.
  for (const auto id : after_.files)
    static_cast<void>(bodies_.remove(id).ok());
  log_.checkpoint_if_forced();
  return {};
}

status queue_writer::write(std::span<const arrival> arrivals,
                                std::span<const settlement> settlements) {
  if (auto begun = begin_.run(); !begun)
    return begun;
  // What leaves makes room for what comes.
  for (const auto& each : settlements)
    if (auto done = settle(each); !done)
      return done;
  for (const auto& each : arrivals)
    if (auto done = keep(each); !done)
      return done;
  return commit_.run();
}

status queue_writer::keep(const arrival& what) {
  const auto& mail = *what.mail;
  const auto& bytes = *what.body;
  TROUPE_EXPECT(mail.id.value > 0);
  TROUPE_EXPECT(bytes.size == mail.body_bytes);
  TROUPE_EXPECT(bytes.in_file() ? bytes.file == bodies_.path_of(mail.id)
                                : bytes.bytes.size() == bytes.size);
  const auto state = state_of(mail);
  pack_message(mail, packed_);
  auto done = add_message_.bind(1, mail.id.value)
                .bind(2, static_cast<std::int64_t>(state))
                .bind(3, due_column(mail, state))
                .bind(4, static_cast<std::int64_t>(bytes.size))
                .bind(5, bytes.in_file() ? 1 : 0)
                .bind_blob(6, packed_)
                .run();
  if (done && !bytes.in_file())
    done = add_body_.bind(1, mail.id.value).bind_blob(2, bytes.bytes).run();
  if (done)
    after_.came.push_back({mail.id, state, bytes.size});
  return done;
}

result<std::optional<queue_writer::row>> queue_writer::find(message_id id) {
  const statement_guard done{find_};
  const auto found = find_.bind(1, id.value).step();
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<row>{};
  // A damaged state would index past the counts.
  const auto state = std::clamp<std::int64_t>(find_.number(0), 0, 2);
  return std::optional{row{{id, static_cast<message_state>(state),
                                static_cast<std::uint64_t>(find_.number(1))},
                               find_.number(2) != 0}};
}

status queue_writer::settle(const settlement& what) {
  const auto known = find(what.id);
  if (!known)
    return known.error();
  // A settlement comes again when its writer died after the commit, or when a commit
  // whose sync failed turns out whole at the next opening. Its notices went with it.
  if (!known->has_value())
    return {};
  if (what.mail != nullptr && !what.notices.empty()) {
    const auto done_before = is_written(*what.mail);
    if (!done_before || *done_before)
      return done_before ? status{} : done_before.error();
  }
  if (auto done = what.mail == nullptr ? remove(**known) : replace(**known, *what.mail); !done)
    return done;
  for (const auto& each : what.notices)
    if (auto done = keep(each); !done)
      return done;
  return {};
}

result<bool> queue_writer::is_written(const queued_message& mail) {
  const statement_guard done{mail_of_};
  const auto found = mail_of_.bind(1, mail.id.value).step();
  if (!found)
    return found.error();
  pack_message(mail, packed_);
  return *found && mail_of_.blob(0) == packed_;
}

status queue_writer::remove(const row& what) {
  auto done = drop_message_.bind(1, what.counted.id.value).run();
  if (done && !what.in_file)
    done = drop_body_.bind(1, what.counted.id.value).run();
  if (!done)
    return done;
  after_.went.push_back(what.counted);
  if (what.in_file)
    after_.files.push_back(what.counted.id);
  return {};
}

status queue_writer::replace(const row& what, const queued_message& mail) {
  TROUPE_EXPECT(mail.id == what.counted.id);
  const auto state = state_of(mail);
  pack_message(mail, packed_);
  auto done = replace_.bind(1, mail.id.value)
                .bind(2, static_cast<std::int64_t>(state))
                .bind(3, due_column(mail, state))
                .bind_blob(4, packed_)
                .run();
  if (!done)
    return done;
  after_.went.push_back(what.counted);
  after_.came.push_back({mail.id, state, what.counted.bytes});
  return {};
}

status queue_writer::set_aside(message_id id) {
  const auto known = find(id);
  if (!known)
    return known.error();
  if (!known->has_value())
    return {};
  if (auto done = hold_.bind(1, id.value).run(); !done)
    return done;
  const auto& counted = (**known).counted;
  counter_.went(counted);
  counter_.came({id, message_state::held, counted.bytes});
  return {};
}

} // namespace troupe::storage
