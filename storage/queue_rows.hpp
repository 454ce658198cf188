// What both the writer and its readers ask of a shard's rows. Internal to this folder.

#pragma once

#include "storage/body_folder.hpp"
#include "storage/queue_store.hpp"
#include "storage/sqlite_database.hpp"

#include <memory>

namespace troupe::storage {

class queue_rows {
public:
  /// `db` outlives it.
  [[nodiscard]] static result<queue_rows> prepare(const sqlite_database& db, body_folder folder);

  [[nodiscard]] result<stored_message> load(message_id id);
  [[nodiscard]] result<found_message> load_mail(message_id id);
  [[nodiscard]] result<std::string> read_body_head(message_id id, std::size_t bytes_max);

private:
  explicit queue_rows(body_folder folder) : folder_(std::move(folder)) {}

  /// Leaves message_ on that row, for the caller to reset.
  [[nodiscard]] status seek(message_id id);
  /// Of the row that message_ is on. @pre seek(id) found it
  [[nodiscard]] result<body_ptr> body_of(message_id id);

  body_folder folder_;
  sqlite_statement message_;
  sqlite_statement body_;
};

} // namespace troupe::storage
