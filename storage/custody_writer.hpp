// Carries out what the cluster has to write beside the queue's own rows (custody.hpp),
// inside a transaction that somebody else begins and ends. Internal to this folder.

#pragma once

#include "storage/message_writer.hpp"

namespace troupe::storage {

class custody_writer {
public:
  /// It outlives it.
  explicit custody_writer(message_writer& messages) : messages_(messages) {}

  /// Once, before anything else.
  [[nodiscard]] status prepare(const sqlite_database& db);

  [[nodiscard]] status write(const custody_writes& all);
  /// A copy comes of a message that is here.
  [[nodiscard]] status merge(const message_row& known, const arrival& copy);

private:
  status carry_out(const put_custody& x);
  status carry_out(const drop_custody& x);
  status carry_out(const mark_recipients& x);
  status carry_out(const put_notice& x);
  status carry_out(const erase_notices& x);
  status carry_out(const adopt_message& x);
  status carry_out(const demote_message& x);
  status carry_out(const discard_message& x);

  message_writer& messages_;
  sqlite_statement put_custody_, drop_custody_, put_notice_, erase_notices_;
};

} // namespace troupe::storage
