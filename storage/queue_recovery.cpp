#include "storage/queue_recovery.hpp"

#include "storage/queue_schema.hpp"

namespace troupe::storage {

namespace {

constexpr std::int64_t rows_max = 2000;
constexpr const char* lost_body = "its body file is missing";

} // namespace

status queue_recovery::prepare(const sqlite_database& db) {
  return db.prepare("SELECT id, state, size, file FROM message WHERE id > ?1 ORDER BY id LIMIT ?2", count_);
}

result<bool> queue_recovery::step() {
  if (!counter_.counts().complete)
    if (auto counted = count_rows(); !counted)
      return counted.error();
  if (auto held = hold_bodiless(); !held)
    return held.error();
  if (!counter_.counts().complete)
    return false;
  return next_folder_ < body_folders ? sweep_folder() : true;
}

status queue_recovery::count_rows() {
  const statement_guard done{count_};
  count_.bind(1, counter_.reached().value).bind(2, rows_max);
  for (std::int64_t rows = 0; rows < rows_max; ++rows) {
    const auto row = count_.step();
    if (!row)
      return row.error();
    if (!*row) {
      counter_.finish();
      break;
    }
    const message_id id{count_.number(0)};
    const auto state = state_of_column(count_.number(1));
    counter_.found({id, state, static_cast<std::uint64_t>(count_.number(2))});
    if (count_.number(3) != 0 && state == message_state::queued && !bodies_.holds(id))
      bodiless_.push_back(id);
  }
  return {};
}

status queue_recovery::hold_bodiless() {
  for (; !bodiless_.empty(); bodiless_.pop_back()) {
    const auto id = bodiless_.back();
    auto found = rows_.load_mail(id);
    if (!found) {
      if (found.error().code == errc::storage_failed)
        return found.error();
      if (auto held = writer_.set_aside(id); !held)
        return held;
      continue;
    }
    auto& mail = found->mail;
    for (auto& each : mail.recipients)
      if (each.state == recipient_state::queued)
        each.state = recipient_state::held;
    mail.hold_reason = lost_body;
    const settlement held{id, &mail, {}};
    if (auto done = writer_.transact({}, {&held, 1}); !done)
      return done;
  }
  return {};
}

result<bool> queue_recovery::sweep_folder() {
  const auto ids = bodies_.list(next_folder_);
  if (!ids)
    return ids.error();
  for (const auto id : *ids) {
    if (born_at(id) >= options_.floor || bodies_.written_at(id) >= options_.started)
      continue;
    const auto row = writer_.find(id);
    if (!row)
      return row.error();
    if (row->has_value() && (**row).in_file)
      continue;
    if (auto removed = bodies_.remove(id); !removed)
      return removed.error();
  }
  return ++next_folder_ == body_folders;
}

} // namespace troupe::storage
