// Writes the rows of messages one at a time, inside a transaction that somebody else
// begins and ends, and notes what the transaction means for everything that is not in the
// database. Internal to this folder.

#pragma once

#include "storage/body_folder.hpp"
#include "storage/queue_counter.hpp"
#include "storage/queue_store.hpp"
#include "storage/sqlite_database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::storage {

struct message_row {
  counted_row counted;
  bool in_file = false;
};

/// What is to be done once the transaction is committed.
struct consequences {
  std::vector<counted_row> came, went;
  std::vector<message_id> files; ///< No row needs them any more.
  void clear() { came.clear(), went.clear(), files.clear(); }
};

class message_writer {
public:
  /// Both outlive it.
  message_writer(const sqlite_database& db, const body_folder& bodies) : db_(db), bodies_(bodies) {}
  message_writer(const message_writer&) = delete;
  message_writer& operator=(const message_writer&) = delete;

  /// Once, before anything else.
  [[nodiscard]] status prepare();

  [[nodiscard]] result<std::optional<message_row>> find(message_id id);
  /// Fails as queue_store::load_mail.
  [[nodiscard]] result<queued_message> mail_of(message_id id);
  /// Is the row exactly this?
  [[nodiscard]] result<bool> is_written(const queued_message& mail);

  [[nodiscard]] status insert(const arrival& what);
  /// @pre mail.id == what.counted.id
  [[nodiscard]] status replace(const message_row& what, const queued_message& mail, message_state state);
  /// Leaves the envelope as it is. @param due for the schedule; 0 for what is in none
  [[nodiscard]] status move_to(const message_row& what, message_state state, std::int64_t due);
  [[nodiscard]] status remove(const message_row& what);
  /// A file that came for a message whose body is in its row.
  void drop_file(message_id id) { after_.files.push_back(id); }

  [[nodiscard]] consequences& after() noexcept { return after_; }

private:
  const sqlite_database& db_;
  const body_folder& bodies_;
  sqlite_statement add_message_, add_body_, find_, mail_of_, replace_, move_, drop_message_, drop_body_;
  std::string packed_;
  consequences after_;
};

} // namespace troupe::storage
