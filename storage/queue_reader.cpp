#include "storage/queue_reader.hpp"

#include "storage/message_codec.hpp"
#include "storage/queue_rows.hpp"
#include "storage/queue_schema.hpp"

#include <sqlite3.h>

namespace troupe::storage {

namespace {

/// A few milliseconds of SQLite's virtual machine.
constexpr int steps_between_questions = 10'000;
constexpr std::string_view all_is_well = "ok";

int ask(void* go_on) {
  return (*static_cast<const std::function<bool()>*>(go_on))() ? 0 : 1;
}

} // namespace

class queue_reader::impl {
public:
  impl(sqlite_database db, queue_rows rows) : db_(std::move(db)), rows_(std::move(rows)) {}

  status prepare() {
    auto done = db_.prepare("SELECT id, mail, state FROM message WHERE id > ?1 ORDER BY id", scan_);
    if (done)
      done = db_.prepare("PRAGMA quick_check(5)", check_);
    return done;
  }

  sqlite_database db_;
  queue_rows rows_;
  sqlite_statement scan_, check_;
};

queue_reader::queue_reader(std::unique_ptr<impl> how) : impl_(std::move(how)) {}
queue_reader::~queue_reader() = default;

result<std::unique_ptr<queue_reader>> queue_reader::open(const queue_store_options& options) {
  auto db = open_for_reading(options);
  if (!db)
    return db.error();
  auto rows = queue_rows::prepare(*db, body_folder{options.directory});
  if (!rows)
    return rows.error();
  auto made = std::make_unique<impl>(*std::move(db), *std::move(rows));
  if (auto prepared = made->prepare(); !prepared)
    return prepared.error();
  return std::unique_ptr<queue_reader>{new queue_reader{std::move(made)}};
}

result<message_page> queue_reader::scan(message_id after, std::size_t limit,
                                        const std::function<bool(const queued_message&)>& wanted, kept_as kind) {
  const statement_guard done{impl_->scan_};
  impl_->scan_.bind(1, after.value);
  message_page page{{}, after, false};
  for (std::size_t rows = 0; rows < scan_rows_max && page.messages.size() < limit; ++rows) {
    const auto row = impl_->scan_.step();
    if (!row)
      return row.error();
    if (!*row) {
      page.last = true;
      break;
    }
    page.next = {impl_->scan_.number(0)};
    if (kind_of_column(impl_->scan_.number(2)) != kind)
      continue;
    auto mail = unpack_message(page.next, impl_->scan_.blob(1));
    if (mail && (!wanted || wanted(*mail)))
      page.messages.push_back(*std::move(mail));
  }
  return page;
}

result<stored_message> queue_reader::load(message_id id) { return impl_->rows_.load(id); }

result<found_message> queue_reader::load_mail(message_id id) { return impl_->rows_.load_mail(id); }

result<std::string> queue_reader::read_body_head(message_id id, std::size_t bytes_max) {
  return impl_->rows_.read_body_head(id, bytes_max);
}

status queue_reader::integrity_check(const std::function<bool()>& go_on) {
  auto* const db = impl_->db_.handle();
  auto asked = go_on;
  sqlite3_progress_handler(db, steps_between_questions, &ask, &asked);
  std::string findings;
  auto outcome = [&]() -> status {
    const statement_guard done{impl_->check_};
    for (;;) {
      const auto row = impl_->check_.step();
      if (!row && sqlite3_errcode(db) == SQLITE_INTERRUPT)
        return error{errc::draining, "the integrity check was stopped"};
      if (!row)
        return row.error();
      if (!*row)
        return {};
      if (impl_->check_.blob(0) != all_is_well)
        findings.append(findings.empty() ? "" : "; ").append(impl_->check_.blob(0));
    }
  }();
  sqlite3_progress_handler(db, 0, nullptr, nullptr);
  if (outcome && !findings.empty())
    return error{errc::storage_failed, "integrity check: " + findings};
  return outcome;
}

} // namespace troupe::storage
