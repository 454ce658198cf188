// A connection to an SQLite file and its prepared statements, with errors as values.
// Internal to this folder: sqlite3.h is included by the .cpp files only.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace troupe::storage {

/// Bound values must outlive the next step. Owned by the thread of its connection.
class sqlite_statement {
public:
  sqlite_statement() = default;

  sqlite_statement& bind(int at, std::int64_t value);
  sqlite_statement& bind_blob(int at, std::string_view bytes);

  /// True when there is a row. Fails as sqlite_database::failure says.
  [[nodiscard]] result<bool> step();
  /// For what returns no rows: steps once and is ready for the next values.
  [[nodiscard]] status run();
  void reset();

  [[nodiscard]] std::int64_t number(int column) const;
  /// Until the next step or reset.
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;

private:
  friend class sqlite_database;
  struct finalize {
    void operator()(sqlite3_stmt* what) const;
  };
  std::unique_ptr<sqlite3_stmt, finalize> handle_;
};

/// Resets a statement at the end of a scope, so that no read transaction stays open.
class statement_guard {
public:
  explicit statement_guard(sqlite_statement& what) : what_(what) {}
  ~statement_guard() { what_.reset(); }
  statement_guard(const statement_guard&) = delete;
  statement_guard& operator=(const statement_guard&) = delete;

private:
  sqlite_statement& what_;
};

enum class access { read_write, read_only };

class sqlite_database {
public:
  [[nodiscard]] static result<sqlite_database> open(const std::string& path, access how,
                                                    const std::string& vfs);

  [[nodiscard]] status prepare(std::string_view sql, sqlite_statement& into) const;
  [[nodiscard]] status run(const char* sql) const;
  /// The one number that a query or pragma returns; zero when it returns nothing.
  [[nodiscard]] result<std::int64_t> number(std::string_view sql) const;

  /// The last failure of this connection: storage_full, storage_foreign (not a
  /// database) or storage_failed.
  [[nodiscard]] error failure() const;

  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
  struct close {
    void operator()(sqlite3* what) const;
  };
  std::unique_ptr<sqlite3, close> handle_;
};

} // namespace troupe::storage
