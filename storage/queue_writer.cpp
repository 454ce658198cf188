#include "storage/queue_writer.hpp"

#include "net/core/expect.hpp"

#include <sqlite3.h>

namespace troupe::storage {

status queue_writer::prepare() {
  const std::pair<const char*, sqlite_statement&> all[] = {
    {"BEGIN IMMEDIATE", begin_},
    {"COMMIT", commit_},
    {"ROLLBACK", rollback_},
  };
  for (const auto& [sql, into] : all)
    if (auto done = db_.prepare(sql, into); !done)
      return done;
  if (auto done = messages_.prepare(); !done)
    return done;
  return custody_.prepare(db_);
}

status queue_writer::transact(std::span<const arrival> arrivals, std::span<const settlement> settlements,
                              std::span<const custody_change> changes) {
  messages_.after().clear();
  if (auto written = write(arrivals, settlements, changes); !written) {
    // SQLite has rolled back by itself after most of what can fail here.
    if (sqlite3_get_autocommit(db_.handle()) == 0)
      if (auto undone = rollback_.run(); !undone)
        return undone;
    return written;
  }
  const auto& after = messages_.after();
  // A row may have changed more than once: each step comes before the next one goes.
  for (const auto& each : after.came)
    counter_.came(each);
  for (const auto& each : after.went)
    counter_.went(each);
  // Never before the commit: until then the row still needs its file. One that
  // cannot be unlinked is an orphan and goes at the next start.
  for (const auto id : after.files)
    static_cast<void>(bodies_.remove(id).ok());
  log_.checkpoint_if_forced();
  return {};
}

status queue_writer::write(std::span<const arrival> arrivals, std::span<const settlement> settlements,
                           std::span<const custody_change> changes) {
  if (auto begun = begin_.run(); !begun)
    return begun;
  auto arrives = arrivals.begin();
  auto settles = settlements.begin();
  for (const auto& each : changes) {
    // Of what came before it, the settlements go first, too.
    for (; settles != settlements.end() && settles->turn < each.turn; ++settles) {
      for (; arrives != arrivals.end() && arrives->turn < settles->turn; ++arrives)
        if (auto done = keep(*arrives); !done)
          return done;
      if (auto done = settle(*settles); !done)
        return done;
    }
    for (; arrives != arrivals.end() && arrives->turn < each.turn; ++arrives)
      if (auto done = keep(*arrives); !done)
        return done;
    if (auto done = custody_.write(*each.writes); !done)
      return done;
  }
  // What leaves makes room for what comes.
  for (; settles != settlements.end(); ++settles)
    if (auto done = settle(*settles); !done)
      return done;
  for (; arrives != arrivals.end(); ++arrives)
    if (auto done = keep(*arrives); !done)
      return done;
  return commit_.run();
}

status queue_writer::keep(const arrival& what) {
  if (what.as == kept_as::copy) {
    const auto known = messages_.find(what.mail->id);
    if (!known)
      return known.error();
    if (auto done = *known ? custody_.merge(**known, what) : messages_.insert(what); !done)
      return done;
  } else if (auto done = messages_.insert(what); !done) {
    return done;
  }
  return what.beside == nullptr ? status{} : custody_.write(*what.beside);
}

status queue_writer::settle(const settlement& what) {
  if (auto done = settle_message(what); !done || what.beside == nullptr)
    return done;
  return custody_.write(*what.beside);
}

status queue_writer::settle_message(const settlement& what) {
  const auto known = messages_.find(what.id);
  if (!known)
    return known.error();
  // A settlement comes again when its writer died after the commit, or when a commit
  // whose sync failed turns out whole at the next opening. Its notices went with it.
  if (!known->has_value())
    return {};
  if (what.mail != nullptr && !what.notices.empty()) {
    const auto done_before = messages_.is_written(*what.mail);
    if (!done_before || *done_before)
      return done_before ? status{} : done_before.error();
  }
  const auto& row = **known;
  // What became another node's meanwhile does not come back into the queue by this.
  const auto state = what.mail == nullptr || row.counted.state == message_state::copy ? row.counted.state
                                                                                       : state_of(*what.mail);
  if (auto done = what.mail == nullptr ? messages_.remove(row) : messages_.replace(row, *what.mail, state); !done)
    return done;
  for (const auto& each : what.notices)
    if (auto done = keep(each); !done)
      return done;
  return {};
}

status queue_writer::set_aside(message_id id) {
  const auto known = messages_.find(id);
  if (!known)
    return known.error();
  if (!known->has_value())
    return {};
  messages_.after().clear();
  const auto& row = **known;
  if (auto done = messages_.move_to(row, row.counted.state == message_state::copy ? message_state::copy
                                                                                    : message_state::held, 0);
      !done)
    return done;
  counter_.went(row.counted);
  counter_.came(messages_.after().came.back());
  return {};
}

} // namespace troupe::storage
