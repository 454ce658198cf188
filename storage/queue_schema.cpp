#include "storage/queue_schema.hpp"

#include <sqlite3.h>

#include <array>

namespace troupe::storage {

namespace {

// Envelopes and bodies are apart, so that the schedule and the counts never turn the
// pages of bodies. Messages in the schedule are indexed, held ones are not.
constexpr const char* make_version_1 = R"sql(
  CREATE TABLE message(
    id    INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,  -- message_state
    due   INTEGER NOT NULL,  -- ms since 1970; the earliest of its queued recipients
    size  INTEGER NOT NULL,  -- of its body, in bytes
    file  INTEGER NOT NULL,  -- 1: the body has a file, 0: a row in body
    mail  BLOB NOT NULL);    -- message_codec
  CREATE TABLE body(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE INDEX message_due ON message(due) WHERE state = 0; -- its entries end with the id
)sql";

// What the cluster writes beside the queue (custody.hpp).
constexpr const char* make_version_2 = R"sql(
  CREATE TABLE custody(id INTEGER PRIMARY KEY, row BLOB NOT NULL);
  CREATE TABLE notice(
    peer     INTEGER NOT NULL,  -- a node's id; half of them are negative here
    sequence INTEGER NOT NULL,
    row      BLOB NOT NULL,
    PRIMARY KEY(peer, sequence)) WITHOUT ROWID;
)sql";

/// steps[n] makes version n + 1 of version n.
constexpr std::array steps{make_version_1, make_version_2};
static_assert(steps.size() == queue_schema_version);

error foreign(const std::string& path, const std::string& why) {
  return {errc::storage_foreign,
          path + " " + why + "; move it away and the shard starts empty, or set another node.data_dir"};
}

/// The version of the schema: zero for a file without anything in it.
result<std::int64_t> version_of(const sqlite_database& db, const std::string& path) {
  const auto owner = db.number("PRAGMA application_id");
  if (!owner)
    return owner.error().code == errc::storage_foreign ? foreign(path, "is not a database")
                                                       : owner.error();
  const auto tables = db.number("SELECT count(*) FROM sqlite_schema");
  if (!tables)
    return tables.error();
  if (*owner == 0 && *tables == 0)
    return 0;
  if (*owner != queue_application_id)
    return foreign(path, "belongs to another program");
  const auto version = db.number("PRAGMA user_version");
  if (!version)
    return version.error();
  if (*version > queue_schema_version)
    return error{errc::storage_foreign, path + " has schema version " + std::to_string(*version)
                                          + ", this troupe knows up to "
                                          + std::to_string(queue_schema_version)
                                          + "; start the later troupe again, or drain the queue with it"};
  if (*version < 1)
    return foreign(path, "has no schema version");
  return version;
}

status migrate(const sqlite_database& db, std::int64_t from) {
  if (from == queue_schema_version)
    return {};
  auto done = db.run("BEGIN IMMEDIATE");
  for (auto at = from; done && at < queue_schema_version; ++at)
    done = db.run(steps[static_cast<std::size_t>(at)]);
  if (done)
    done = db.run(("PRAGMA application_id = " + std::to_string(queue_application_id)).c_str());
  if (done)
    done = db.run(("PRAGMA user_version = " + std::to_string(queue_schema_version)).c_str());
  if (done)
    done = db.run("COMMIT");
  return done;
}

status set_up(const sqlite_database& db, const queue_store_options& options) {
  // Freed pages need no zeroes in them: the bytes were mail before, too.
  auto done = db.run("PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;"
                     "PRAGMA trusted_schema = OFF");
  if (done)
    done = db.run(("PRAGMA cache_size = -" + std::to_string(options.cache_bytes / 1024)).c_str());
  return done;
}

status begin_log(const sqlite_database& db, const std::string& path) {
  sqlite_statement mode;
  if (auto prepared = db.prepare("PRAGMA journal_mode = WAL", mode); !prepared)
    return prepared;
  const auto row = mode.step();
  if (!row)
    return row.error();
  if (mode.blob(0) != "wal")
    return error{errc::storage_failed, path + ": this file system cannot share memory between readers "
                                              "and the writer (SQLite WAL); use a local one"};
  mode.reset();
  return db.run("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
}

} // namespace

std::string database_path(const queue_store_options& options) {
  return options.directory + "/queue.db";
}

result<sqlite_database> open_for_writing(const queue_store_options& options) {
  const auto path = database_path(options);
  auto db = sqlite_database::open(path, access::read_write, options.vfs);
  if (!db)
    return db;
  const auto version = version_of(*db, path);
  if (!version)
    return version.error();
  auto done = set_up(*db, options);
  if (done && *version == 0)
    done = db->run(("PRAGMA page_size = " + std::to_string(queue_page_bytes)).c_str());
  if (done)
    done = begin_log(*db, path);
  if (done)
    done = db->run(("PRAGMA journal_size_limit = " + std::to_string(options.wal_bytes_max)).c_str());
  if (done)
    done = migrate(*db, *version);
  // So that a size hint makes the file as long as it says.
  int chunk = queue_page_bytes;
  if (done && sqlite3_file_control(db->handle(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk) != SQLITE_OK)
    done = db->failure();
  if (!done)
    return done.error();
  return db;
}

result<sqlite_database> open_for_reading(const queue_store_options& options) {
  const auto path = database_path(options);
  auto db = sqlite_database::open(path, access::read_only, options.vfs);
  if (!db)
    return db;
  const auto version = version_of(*db, path);
  if (!version)
    return version.error();
  if (*version != queue_schema_version)
    return foreign(path, "was not yet opened by its writer");
  if (auto done = set_up(*db, options); !done)
    return done.error();
  return db;
}

} // namespace troupe::storage
