#include "storage/queue_store.hpp"

#include "storage/body_folder.hpp"
#include "storage/custody_rows.hpp"
#include "storage/durable_file.hpp"
#include "storage/queue_counter.hpp"
#include "storage/queue_log.hpp"
#include "storage/queue_recovery.hpp"
#include "storage/queue_rows.hpp"
#include "storage/queue_schema.hpp"
#include "storage/queue_space.hpp"
#include "storage/queue_writer.hpp"

#include <algorithm>

namespace troupe::storage {

status check(const queue_store_options& options) {
  if (options.directory.empty())
    return error{errc::refused, "directory is empty"};
  if (options.wal_bytes_max < 16 * queue_page_bytes || options.wal_bytes_due > options.wal_bytes_max)
    return error{errc::refused, "wal_bytes_max must hold 16 pages and not be below wal_bytes_due"};
  if (options.cache_bytes < 16 * queue_page_bytes)
    return error{errc::refused, "cache_bytes must hold 16 pages"};
  return {};
}

namespace {

/// Rows that one look for the oldest message goes over, so that a million copies before it
/// stop nobody.
constexpr std::int64_t oldest_rows_max = 2000;

bool is_full(const status& done) { return !done && done.error().code == errc::storage_full; }

} // namespace

class queue_store::impl {
public:
  impl(const queue_store_options& options, sqlite_database db, queue_rows rows)
    : options_(options), bodies_(options_.directory), db_(std::move(db)), rows_(std::move(rows)),
      custody_(bodies_), log_(db_, options_), space_(db_, log_, options_), writer_(db_, bodies_, log_, counter_),
      recovery_(options_, bodies_, rows_, writer_, counter_) {}

  status prepare();
  commit_answer commit(std::span<const arrival> arrivals, std::span<const settlement> settlements,
                       std::span<const custody_change> changes);
  result<std::vector<due_message>> load_due(due_message after, wall_time until, std::size_t limit);
  result<message_id> oldest();

  const queue_store_options options_;
  const body_folder bodies_;
  sqlite_database db_;
  queue_rows rows_;
  custody_rows custody_;
  queue_counter counter_;
  queue_log log_;
  queue_space space_;
  queue_writer writer_;
  queue_recovery recovery_;

private:
  status settle_on_full_disk(std::span<const settlement> settlements, std::span<const custody_change> changes);
  static status add_due(sqlite_statement& query, due_message after, wall_time until, std::size_t limit,
                        std::vector<due_message>& to);

  sqlite_statement due_with_, due_after_, oldest_;
};

status queue_store::impl::prepare() {
  const std::pair<const char*, sqlite_statement&> all[] = {
    // Two, because of (due, id) > (?, ?) SQLite would use only the first half as a key
    // and walk through all that is due at one moment, for each page anew.
    {"SELECT due, id FROM message INDEXED BY message_due WHERE state = 0 AND due = ?1 AND id > ?2 "
     "AND due <= ?3 ORDER BY id LIMIT ?4",
     due_with_},
    {"SELECT due, id FROM message INDEXED BY message_due WHERE state = 0 AND due > ?1 AND id > ?2 "
     "AND due <= ?3 ORDER BY due, id LIMIT ?4",
     due_after_},
    {"SELECT id, state FROM message WHERE id >= ?1 ORDER BY id LIMIT ?2", oldest_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db_.prepare(sql, into); !done)
      return done;
  if (auto done = writer_.prepare(); !done)
    return done;
  if (auto done = custody_.prepare(db_); !done)
    return done;
  return recovery_.prepare(db_);
}

commit_answer queue_store::impl::commit(std::span<const arrival> arrivals,
                                        std::span<const settlement> settlements,
                                        std::span<const custody_change> changes) {
  space_.restore();
  commit_answer answer;
  if (!arrivals.empty())
    answer.arrivals = space_.make_room(arrivals);
  if (answer.arrivals) {
    const auto done = writer_.transact(arrivals, settlements, changes);
    answer = {done, done};
    if (is_full(done)) {
      answer.arrivals = arrivals.empty() ? status{} : space_.full();
      answer.settlements = settle_on_full_disk(settlements, changes);
    }
  } else {
    answer.settlements = settle_on_full_disk(settlements, changes);
  }
  // On a disk that fills up the database takes at once what is in the log: a log that
  // cannot be emptied takes no settlement either. What fails here fails again, in the
  // open, at the next commit.
  if (log_.bytes() > 0 && space_.is_tight())
    static_cast<void>(log_.checkpoint().ok());
  return answer;
}

// Settling goes on when nothing else does. In the worst case it needs no more than the
// pages of one message.
status queue_store::impl::settle_on_full_disk(std::span<const settlement> settlements,
                                              std::span<const custody_change> changes) {
  if (settlements.empty() && changes.empty())
    return {};
  auto done = writer_.transact({}, settlements, changes);
  if (!is_full(done))
    return done;
  space_.give_up_reserve();
  done = writer_.transact({}, settlements, changes);
  if (!is_full(done))
    return done;
  while (!settlements.empty() || !changes.empty()) {
    static_cast<void>(log_.checkpoint().ok());
    const bool settles = !settlements.empty()
                         && (changes.empty() || settlements.front().turn < changes.front().turn);
    done = settles ? writer_.transact({}, settlements.first(1))
                   : writer_.transact({}, {}, changes.first(1));
    if (!done)
      return done;
    if (settles)
      settlements = settlements.subspan(1);
    else
      changes = changes.subspan(1);
  }
  return {};
}

result<std::vector<due_message>> queue_store::impl::load_due(due_message after, wall_time until,
                                                             std::size_t limit) {
  std::vector<due_message> found;
  auto done = add_due(due_with_, after, until, limit, found);
  if (done)
    done = add_due(due_after_, {after.due, {}}, until, limit, found);
  if (!done)
    return done.error();
  return found;
}

status queue_store::impl::add_due(sqlite_statement& query, due_message after, wall_time until,
                                  std::size_t limit, std::vector<due_message>& to) {
  const statement_guard done{query};
  query.bind(1, milliseconds_of(after.due))
    .bind(2, after.id.value)
    .bind(3, milliseconds_of(until))
    .bind(4, static_cast<std::int64_t>(limit - to.size()));
  for (;;) {
    const auto row = query.step();
    if (!row)
      return row.error();
    if (!*row)
      return {};
    to.push_back({wall_time{milliseconds{query.number(0)}}, {query.number(1)}});
  }
}

result<message_id> queue_store::impl::oldest() {
  const statement_guard done{oldest_};
  oldest_.bind(1, counter_.oldest_from().value).bind(2, oldest_rows_max);
  for (std::int64_t rows = 0; rows < oldest_rows_max; ++rows) {
    const auto row = oldest_.step();
    if (!row)
      return row.error();
    if (!*row)
      return message_id{}; // what comes is where the next look begins, or behind it
    const message_id id{oldest_.number(0)};
    counter_.no_older_than(id);
    if (state_of_column(oldest_.number(1)) != message_state::copy)
      return id;
  }
  return message_id{};
}

queue_store::queue_store(std::unique_ptr<impl> how) : impl_(std::move(how)) {}
queue_store::~queue_store() = default;

result<std::unique_ptr<queue_store>> queue_store::open(const queue_store_options& options) {
  if (auto good = check(options); !good)
    return good.error();
  if (auto made = make_folder(options.directory); !made)
    return made.error();
  auto db = open_for_writing(options);
  // What a database needs beside its file to be opened may be all that is missing.
  if (!db && db.error().code != errc::storage_foreign
      && disk_reserve{options.directory, options.reserve_bytes}.give_up_if_full())
    db = open_for_writing(options);
  if (!db)
    return db.error();
  const body_folder bodies{options.directory};
  if (auto made = bodies.make(); !made)
    return made.error();
  auto rows = queue_rows::prepare(*db, bodies);
  if (!rows)
    return rows.error();
  auto made = std::make_unique<impl>(options, *std::move(db), *std::move(rows));
  if (auto prepared = made->prepare(); !prepared)
    return prepared.error();
  return std::unique_ptr<queue_store>{new queue_store{std::move(made)}};
}

commit_answer queue_store::commit(std::span<const arrival> arrivals,
                                  std::span<const settlement> settlements,
                                  std::span<const custody_change> changes) {
  return impl_->commit(arrivals, settlements, changes);
}

result<std::vector<custody_found>> queue_store::load_custody(message_id after, std::size_t limit) {
  return impl_->custody_.load_custody(after, limit);
}

result<std::vector<notice_peer>> queue_store::load_notice_peers() { return impl_->custody_.load_notice_peers(); }

result<std::vector<notice_found>> queue_store::load_notices(std::uint64_t peer, std::uint64_t after,
                                                            std::size_t limit) {
  return impl_->custody_.load_notices(peer, after, limit);
}

result<stored_message> queue_store::load(message_id id) { return impl_->rows_.load(id); }

result<queued_message> queue_store::load_mail(message_id id) {
  auto found = impl_->rows_.load_mail(id);
  if (!found)
    return found.error();
  return std::move(found->mail);
}

status queue_store::drop_unkept_body(message_id id) {
  const auto row = impl_->writer_.find(id);
  if (!row)
    return row.error();
  return row->has_value() ? status{} : impl_->bodies_.remove(id);
}

status queue_store::set_aside(message_id id) { return impl_->writer_.set_aside(id); }

result<std::string> queue_store::read_body_head(message_id id, std::size_t bytes_max) {
  return impl_->rows_.read_body_head(id, bytes_max);
}

result<std::vector<due_message>> queue_store::load_due(due_message after, wall_time until,
                                                       std::size_t limit) {
  return impl_->load_due(after, until, limit);
}

queue_counts queue_store::counts() const { return impl_->counter_.counts(); }

result<message_id> queue_store::oldest() { return impl_->oldest(); }

result<bool> queue_store::recover_step() { return impl_->recovery_.step(); }

status queue_store::checkpoint_if_due() {
  return impl_->log_.bytes() >= impl_->options_.wal_bytes_due ? impl_->log_.checkpoint_or_later() : status{};
}

status queue_store::checkpoint_idle() {
  return impl_->log_.bytes() > 0 ? impl_->log_.checkpoint_or_later() : status{};
}

std::uint64_t queue_store::wal_bytes() const { return impl_->log_.bytes(); }

status queue_store::probe() {
  return impl_->db_.run(("PRAGMA user_version = " + std::to_string(queue_schema_version)).c_str());
}

bool queue_store::has_room() const { return impl_->space_.has_room(); }

std::uint64_t queue_store::room_bytes() const { return impl_->space_.room_bytes(); }

} // namespace troupe::storage
