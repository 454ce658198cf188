#include "storage/sqlite_database.hpp"

#include "storage/durable_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace troupe::storage {

namespace {

/// Writer and readers never block one another, except for moments when one of them
/// opens or closes the file.
constexpr int busy_ms_max = 2000;

error failure_of(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  const int cause = sqlite3_system_errno(db);
  std::string detail = std::string("SQLite: ") + sqlite3_errmsg(db) + " ("
                       + std::to_string(code) + ")";
  const bool is_io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  if (is_io && cause != 0)
    detail += ": " + std::generic_category().message(cause);
  if (const char* path = sqlite3_db_filename(db, "main"); path != nullptr && *path != '\0')
    detail += std::string(", ") + path;
  if ((code & 0xff) == SQLITE_FULL || (is_io && (cause == ENOSPC || cause == EDQUOT)))
    return {errc::storage_full, std::move(detail)};
  if ((code & 0xff) == SQLITE_NOTADB)
    return {errc::storage_foreign, std::move(detail)};
  return {errc::storage_failed, std::move(detail)};
}

} // namespace

void sqlite_statement::finalize::operator()(sqlite3_stmt* what) const {
  sqlite3_finalize(what);
}

sqlite_statement& sqlite_statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(handle_.get(), at, value);
  return *this;
}

sqlite_statement& sqlite_statement::bind_blob(int at, std::string_view bytes) {
  // A null pointer would bind NULL; an empty blob is something else.
  const char* data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob64(handle_.get(), at, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

result<bool> sqlite_statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  return failure_of(sqlite3_db_handle(handle_.get()));
}

status sqlite_statement::run() {
  const auto row = step();
  reset();
  return row ? status{} : status{row.error()};
}

void sqlite_statement::reset() {
  sqlite3_reset(handle_.get());
}

std::int64_t sqlite_statement::number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::string_view sqlite_statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return data == nullptr ? std::string_view{} : std::string_view{data, size};
}

bool sqlite_statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

void sqlite_database::close::operator()(sqlite3* what) const {
  sqlite3_close_v2(what);
}

result<sqlite_database> sqlite_database::open(const std::string& path, access how,
                                              const std::string& vfs) {
  const int flags = how == access::read_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                              : SQLITE_OPEN_READONLY;
  // SQLite would let the umask decide who may read the mail. Only a new file is opened
  // here: closing one that is in use would drop SQLite's locks on it (POSIX fcntl).
  if (how == access::read_write)
    file_handle{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  sqlite_database made;
  made.handle_.reset(raw);
  if (raw == nullptr)
    return error{errc::storage_failed, "SQLite: no memory for " + path};
  if (code != SQLITE_OK)
    return made.failure();
  sqlite3_busy_timeout(raw, busy_ms_max);
  return made;
}

status sqlite_database::prepare(std::string_view sql, sqlite_statement& into) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  into.handle_.reset(raw);
  return code == SQLITE_OK ? status{} : status{failure()};
}

status sqlite_database::run(const char* sql) const {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure();
  return {};
}

result<std::int64_t> sqlite_database::number(std::string_view sql) const {
  sqlite_statement statement;
  if (auto prepared = prepare(sql, statement); !prepared)
    return prepared.error();
  const auto row = statement.step();
  if (!row)
    return row.error();
  return *row ? statement.number(0) : 0;
}

error sqlite_database::failure() const {
  return failure_of(handle_.get());
}

} // namespace troupe::storage
