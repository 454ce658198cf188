#include "storage/queue_store.hpp"

#include "net/core/expect.hpp"
#include "storage/body_folder.hpp"
#include "storage/disk_reserve.hpp"
#include "storage/durable_file.hpp"
#include "storage/message_codec.hpp"
#include "storage/queue_counter.hpp"
#include "storage/queue_rows.hpp"
#include "storage/queue_schema.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>

namespace troupe::storage {

namespace {

constexpr std::int64_t recover_rows_max = 2000;
constexpr const char* lost_body = "its body file is missing";

std::int64_t milliseconds_of(wall_time at) {
  return std::max<std::int64_t>(0, at.time_since_epoch().count());
}

// Only what is queued has a place in the schedule.
std::int64_t due_column(const queued_message& mail, message_state state) {
  return state == message_state::queued ? milliseconds_of(due_of(mail)) : 0;
}

} // namespace

status check(const queue_store_options& options) {
  if (options.directory.empty())
    return error{errc::refused, "directory is empty"};
  if (options.wal_bytes_max < 16 * queue_page_bytes || options.wal_bytes_due > options.wal_bytes_max)
    return error{errc::refused, "wal_bytes_max must hold 16 pages and not be below wal_bytes_due"};
  if (options.cache_bytes < 16 * queue_page_bytes)
    return error{errc::refused, "cache_bytes must hold 16 pages"};
  return {};
}

class queue_store::impl {
public:
  impl(const queue_store_options& options, sqlite_database db, queue_rows rows)
    : options_(options), bodies_(options.directory), reserve_(options.directory, options.reserve_bytes,
                                                              options.disk_free_min),
      db_(std::move(db)), rows_(std::move(rows)) {
    sqlite3_wal_hook(db_.handle(), &impl::on_wal, this);
    reserve_.restore();
  }

  status prepare();
  commit_answer commit(std::span<const arrival> arrivals, std::span<const settlement> settlements);
  status set_aside(message_id id);
  result<std::vector<due_message>> load_due(due_message after, wall_time until, std::size_t limit);
  result<message_id> oldest();
  result<bool> recover_step();
  status checkpoint();
  status checkpoint_or_later();
  bool has_room() const;

  queue_store_options options_;
  body_folder bodies_;
  disk_reserve reserve_;
  sqlite_database db_;
  queue_rows rows_;
  queue_counter counter_;
  std::uint64_t wal_bytes_ = 0;

private:
  struct old_row {
    counted_row counted;
    bool in_file;
  };
  /// What a transaction means for everything that is not in the database.
  struct consequences {
    std::vector<counted_row> came, went;
    std::vector<message_id> files;
    void clear() { came.clear(), went.clear(), files.clear(); }
  };

  static int on_wal(void* self, sqlite3*, const char*, int pages) {
    static_cast<impl*>(self)->wal_bytes_ = static_cast<std::uint64_t>(pages) * queue_page_bytes;
    return SQLITE_OK;
  }

  status transact(std::span<const arrival> arrivals, std::span<const settlement> settlements);
  status write(std::span<const arrival> arrivals, std::span<const settlement> settlements);
  status keep(const arrival& what);
  status settle(const settlement& what);
  status remove(const old_row& row);
  status replace(const old_row& row, const queued_message& mail);
  result<std::optional<old_row>> find(message_id id);
  status settle_on_full_disk(std::span<const settlement> settlements);
  void checkpoint_if_forced();
  static status add_due(sqlite_statement& query, due_message after, wall_time until, std::size_t limit,
                        std::vector<due_message>& to);
  result<bool> count_rows();
  result<bool> sweep_folder();
  status hold_bodiless(const std::vector<message_id>& ids);

  sqlite_statement begin_, commit_, rollback_;
  sqlite_statement add_message_, add_body_, find_, replace_, drop_message_, drop_body_, hold_;
  sqlite_statement due_with_, due_after_, oldest_, count_;
  std::string packed_;
  consequences after_;
  std::uint64_t forced_at_ = 0; ///< Not before the log has grown to it, see checkpoint_if_forced.
  unsigned next_folder_ = 0;
};

status queue_store::impl::prepare() {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"BEGIN IMMEDIATE", begin_},
    {"COMMIT", commit_},
    {"ROLLBACK", rollback_},
    {"INSERT INTO message(id, state, due, size, file, mail) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
     add_message_},
    {"INSERT INTO body(id, bytes) VALUES(?1, ?2)", add_body_},
    {"SELECT state, size, file FROM message WHERE id = ?1", find_},
    {"UPDATE message SET state = ?2, due = ?3, mail = ?4 WHERE id = ?1", replace_},
    {"DELETE FROM message WHERE id = ?1", drop_message_},
    {"DELETE FROM body WHERE id = ?1", drop_body_},
    {"UPDATE message SET state = 1, due = 0 WHERE id = ?1", hold_},
    // Two, because of (due, id) > (?, ?) SQLite would use only the first half as a key
    // and walk through all that is due at one moment, for each page anew.
    {"SELECT due, id FROM message INDEXED BY message_due WHERE state = 0 AND due = ?1 AND id > ?2 "
     "AND due <= ?3 ORDER BY id LIMIT ?4",
     due_with_},
    {"SELECT due, id FROM message INDEXED BY message_due WHERE state = 0 AND due > ?1 AND id > ?2 "
     "AND due <= ?3 ORDER BY due, id LIMIT ?4",
     due_after_},
    {"SELECT id FROM message ORDER BY id LIMIT 1", oldest_},
    {"SELECT id, state, size, file FROM message WHERE id > ?1 ORDER BY id LIMIT ?2", count_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db_.prepare(sql, into); !done)
      return done;
  return {};
}

commit_answer queue_store::impl::commit(std::span<const arrival> arrivals,
                                        std::span<const settlement> settlements) {
  reserve_.restore();
  if (arrivals.empty() || has_room()) {
    auto done = transact(arrivals, settlements);
    if (done || done.error().code != errc::storage_full)
      return {done, done};
  }
  commit_answer answer;
  if (!arrivals.empty())
    answer.arrivals = error{errc::storage_full, "less than disk_free is left for " + options_.directory};
  if (!settlements.empty())
    answer.settlements = settle_on_full_disk(settlements);
  return answer;
}

bool queue_store::impl::has_room() const {
  // What is in the log makes the database grow at the next checkpoint.
  if (reserve_.has_room(wal_bytes_, 0))
    return true;
  // Neither file shrinks, so after a peak their empty parts are where new mail goes.
  const auto empty = db_.number("PRAGMA freelist_count");
  struct stat log{};
  if (!empty || ::stat((database_path(options_) + "-wal").c_str(), &log) != 0)
    return false;
  const auto reusable = static_cast<std::uint64_t>(*empty) * queue_page_bytes
                        + static_cast<std::uint64_t>(log.st_size);
  return reserve_.has_room(2 * wal_bytes_, reusable); // once of the log, once of the database
}

status queue_store::impl::settle_on_full_disk(std::span<const settlement> settlements) {
  auto done = transact({}, settlements);
  if (done || done.error().code != errc::storage_full)
    return done;
  reserve_.give_up();
  // An emptied log is room, too. If that fails, the transaction will say so.
  static_cast<void>(checkpoint().ok());
  return transact({}, settlements);
}

status queue_store::impl::transact(std::span<const arrival> arrivals,
                                   std::span<const settlement> settlements) {
  after_.clear();
  if (auto written = write(arrivals, settlements); !written) {
    // SQLite has rolled back by itself after most of what can fail here.
    if (sqlite3_get_autocommit(db_.handle()) == 0)
      if (auto undone = rollback_.run(); !undone)
        return undone;
    return written;
  }
  for (const auto& row : after_.came)
    counter_.came(row);
  for (const auto& row : after_.went)
    counter_.went(row);
  // Never before the commit: until then the row still needs its file. One that
  // cannot be unlinked is an orphan and goes at the next start.
  for (const auto id : after_.files)
    static_cast<void>(bodies_.remove(id).ok());
  checkpoint_if_forced();
  return {};
}

status queue_store::impl::write(std::span<const arrival> arrivals,
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

status queue_store::impl::keep(const arrival& what) {
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

result<std::optional<queue_store::impl::old_row>> queue_store::impl::find(message_id id) {
  const statement_guard done{find_};
  const auto found = find_.bind(1, id.value).step();
  if (!found)
    return found.error();
  if (!*found)
    return std::optional<old_row>{};
  // A damaged state would index past the counts.
  const auto state = std::clamp<std::int64_t>(find_.number(0), 0, 2);
  return std::optional{old_row{{id, static_cast<message_state>(state),
                                static_cast<std::uint64_t>(find_.number(1))},
                               find_.number(2) != 0}};
}

status queue_store::impl::settle(const settlement& what) {
  const auto row = find(what.id);
  if (!row)
    return row.error();
  if (const auto& found = *row; found) {
    auto done = what.mail == nullptr ? remove(*found) : replace(*found, *what.mail);
    if (!done)
      return done;
  }
  for (const auto& each : what.notices) {
    // A commit whose sync failed may turn out whole at the next opening: then the
    // settlement comes again, and its notices are here.
    const auto there = find(each.mail->id);
    if (!there)
      return there.error();
    if (there->has_value())
      continue;
    if (auto done = keep(each); !done)
      return done;
  }
  return {};
}

status queue_store::impl::remove(const old_row& row) {
  auto done = drop_message_.bind(1, row.counted.id.value).run();
  if (done && !row.in_file)
    done = drop_body_.bind(1, row.counted.id.value).run();
  if (!done)
    return done;
  after_.went.push_back(row.counted);
  if (row.in_file)
    after_.files.push_back(row.counted.id);
  return {};
}

status queue_store::impl::replace(const old_row& row, const queued_message& mail) {
  TROUPE_EXPECT(mail.id == row.counted.id);
  const auto state = state_of(mail);
  pack_message(mail, packed_);
  auto done = replace_.bind(1, mail.id.value)
                .bind(2, static_cast<std::int64_t>(state))
                .bind(3, due_column(mail, state))
                .bind_blob(4, packed_)
                .run();
  if (!done)
    return done;
  after_.went.push_back(row.counted);
  after_.came.push_back({mail.id, state, row.counted.bytes});
  return {};
}

status queue_store::impl::set_aside(message_id id) {
  const auto row = find(id);
  if (!row)
    return row.error();
  if (!row->has_value())
    return {};
  if (auto done = hold_.bind(1, id.value).run(); !done)
    return done;
  const auto& counted = (**row).counted;
  counter_.went(counted);
  counter_.came({id, message_state::held, counted.bytes});
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
  const auto row = oldest_.step();
  if (!row)
    return row.error();
  return *row ? message_id{oldest_.number(0)} : message_id{};
}

result<bool> queue_store::impl::recover_step() {
  if (!counter_.counts().complete) {
    const auto counted = count_rows();
    if (!counted)
      return counted.error();
    return false;
  }
  return next_folder_ < body_folders ? sweep_folder() : true;
}

result<bool> queue_store::impl::count_rows() {
  std::vector<message_id> bodiless;
  std::int64_t rows = 0;
  {
    const statement_guard done{count_};
    count_.bind(1, counter_.reached().value).bind(2, recover_rows_max);
    for (;; ++rows) {
      const auto row = count_.step();
      if (!row)
        return row.error();
      if (!*row)
        break;
      const message_id id{count_.number(0)};
      const auto state = static_cast<message_state>(std::clamp<std::int64_t>(count_.number(1), 0, 2));
      counter_.found({id, state, static_cast<std::uint64_t>(count_.number(2))});
      if (count_.number(3) != 0 && state == message_state::queued && !bodies_.holds(id))
        bodiless.push_back(id);
    }
  }
  if (auto held = hold_bodiless(bodiless); !held)
    return held.error();
  if (rows < recover_rows_max)
    counter_.finish();
  return counter_.counts().complete;
}

status queue_store::impl::hold_bodiless(const std::vector<message_id>& ids) {
  for (const auto id : ids) {
    auto mail = rows_.load_mail(id);
    if (!mail) {
      if (mail.error().code == errc::storage_failed)
        return mail.error();
      if (auto held = set_aside(id); !held)
        return held;
      continue;
    }
    for (auto& each : mail->recipients)
      if (each.state == recipient_state::queued)
        each.state = recipient_state::held;
    mail->hold_reason = lost_body;
    const settlement held{id, &*mail, {}};
    if (auto done = commit({}, {&held, 1}).settlements; !done)
      return done;
  }
  return {};
}

result<bool> queue_store::impl::sweep_folder() {
  const auto ids = bodies_.list(next_folder_);
  if (!ids)
    return ids.error();
  for (const auto id : *ids) {
    if (born_at(id) >= options_.floor || bodies_.written_at(id) >= options_.started)
      continue;
    const auto row = find(id);
    if (!row)
      return row.error();
    if (row->has_value() && (**row).in_file)
      continue;
    if (auto removed = bodies_.remove(id); !removed)
      return removed.error();
  }
  return ++next_folder_ == body_folders;
}

status queue_store::impl::checkpoint() {
  int logged = 0;
  int moved = 0;
  // Passive: neither waits for a reader nor makes one wait. Once all is moved, the
  // next commit begins the log anew.
  const int code = sqlite3_wal_checkpoint_v2(db_.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &logged,
                                             &moved);
  if (code != SQLITE_OK)
    return db_.failure();
  if (logged == moved)
    wal_bytes_ = 0;
  return {};
}

// Want of room is no fault of the file: the next checkpoint tries again.
status queue_store::impl::checkpoint_or_later() {
  auto moved = checkpoint();
  return !moved && moved.error().code == errc::storage_full ? status{} : moved;
}

void queue_store::impl::checkpoint_if_forced() {
  if (wal_bytes_ < options_.wal_bytes_max) {
    forced_at_ = 0;
    return;
  }
  if (wal_bytes_ < forced_at_)
    return;
  // While a reader keeps the log from being emptied, trying at each commit would only
  // cost. A failure does not undo the commit; checkpoint_if_due will report it.
  forced_at_ = wal_bytes_ + options_.wal_bytes_max / 4;
  static_cast<void>(checkpoint().ok());
}

queue_store::queue_store(std::unique_ptr<impl> how) : impl_(std::move(how)) {}
queue_store::~queue_store() = default;

result<std::unique_ptr<queue_store>> queue_store::open(const queue_store_options& options) {
  if (auto good = check(options); !good)
    return good.error();
  if (auto made = make_folder(options.directory); !made)
    return made.error();
  auto db = open_for_writing(options);
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
                                  std::span<const settlement> settlements) {
  return impl_->commit(arrivals, settlements);
}

result<stored_message> queue_store::load(message_id id) { return impl_->rows_.load(id); }

result<queued_message> queue_store::load_mail(message_id id) { return impl_->rows_.load_mail(id); }

status queue_store::set_aside(message_id id) { return impl_->set_aside(id); }

result<std::string> queue_store::read_body_head(message_id id, std::size_t bytes_max) {
  return impl_->rows_.read_body_head(id, bytes_max);
}

result<std::vector<due_message>> queue_store::load_due(due_message after, wall_time until,
                                                       std::size_t limit) {
  return impl_->load_due(after, until, limit);
}

queue_counts queue_store::counts() const { return impl_->counter_.counts(); }

result<message_id> queue_store::oldest() { return impl_->oldest(); }

result<bool> queue_store::recover_step() { return impl_->recover_step(); }

status queue_store::checkpoint_if_due() {
  // On a disk that fills up the database grows now, while it can: a log that cannot be
  // emptied takes no settlement either.
  const bool tight = impl_->wal_bytes_ > 0 && !impl_->reserve_.has_room(4 * impl_->options_.wal_bytes_due, 0);
  return tight || impl_->wal_bytes_ >= impl_->options_.wal_bytes_due ? impl_->checkpoint_or_later()
                                                                     : status{};
}

status queue_store::checkpoint_idle() {
  return impl_->wal_bytes_ > 0 ? impl_->checkpoint_or_later() : status{};
}

std::uint64_t queue_store::wal_bytes() const { return impl_->wal_bytes_; }

bool queue_store::has_room() const { return impl_->has_room(); }

} // namespace troupe::storage
