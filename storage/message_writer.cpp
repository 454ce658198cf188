#include "storage/message_writer.hpp"

#include "net/core/expect.hpp"
#include "storage/message_codec.hpp"
#include "storage/queue_schema.hpp"

namespace troupe::storage {

status message_writer::prepare() {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"INSERT INTO message(id, state, due, size, file, mail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
     add_message_},
    {"INSERT INTO body(id, bytes) VALUES(?1, ?2)", add_body_},
    {"SELECT state, size, file FROM message WHERE id = ?1", find_},
    {"SELECT mail FROM message WHERE id = ?1", mail_of_},
    {"UPDATE message SET state = ?2, due = ?3, mail = ?4 WHERE id = ?1", replace_},
    {"UPDATE message SET state = ?2, due = ?3 WHERE id = ?1", move_},
    {"DELETE FROM message WHERE id = ?1", drop_message_},
    {"DELETE FROM body WHERE id = ?1", drop_body_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db_.prepare(sql, into); !done)
      return done;
  return {};
}

result<std::optional<message_row>> message_writer::find(message_id id) {
  const statement_guard done{find_};
  const auto found = find_.bind(1, id.value).step();
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<message_row>{};
  return std::optional{message_row{
    {id, state_of_column(find_.number(0)), static_cast<std::uint64_t>(find_.number(1))}, find_.number(2) != 0}};
}

result<queued_message> message_writer::mail_of(message_id id) {
  const statement_guard done{mail_of_};
  const auto found = mail_of_.bind(1, id.value).step();
  if (!found)
    return found.error();
  if (!*found)
    return error{errc::not_found, "no message " + to_string(id)};
  return unpack_message(id, mail_of_.blob(0));
}

result<bool> message_writer::is_written(const queued_message& mail) {
  const statement_guard done{mail_of_};
  const auto found = mail_of_.bind(1, mail.id.value).step();
  if (!found)
    return found.error();
  pack_message(mail, packed_);
  return *found && mail_of_.blob(0) == packed_;
}

status message_writer::insert(const arrival& what) {
  const auto& mail = *what.mail;
  const auto& bytes = *what.body;
  TROUPE_EXPECT(mail.id.value > 0);
  TROUPE_EXPECT(bytes.size == mail.body_bytes);
  TROUPE_EXPECT(bytes.in_file() ? bytes.file == bodies_.path_of(mail.id)
                                : bytes.bytes.size() == bytes.size);
  const auto state = what.as == kept_as::copy ? message_state::copy : state_of(mail);
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
  // One that was dropped in this transaction, and comes again.
  if (done && bytes.in_file())
    std::erase(after_.files, mail.id);
  return done;
}

status message_writer::replace(const message_row& what, const queued_message& mail, message_state state) {
  TROUPE_EXPECT(mail.id == what.counted.id);
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

status message_writer::move_to(const message_row& what, message_state state, std::int64_t due) {
  if (auto done = move_.bind(1, what.counted.id.value).bind(2, static_cast<std::int64_t>(state)).bind(3, due).run();
      !done)
    return done;
  after_.went.push_back(what.counted);
  after_.came.push_back({what.counted.id, state, what.counted.bytes});
  return {};
}

status message_writer::remove(const message_row& what) {
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

} // namespace troupe::storage
