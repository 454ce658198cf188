// One shard's part of the queue on disk: an SQLite database for envelopes and small
// bodies, a folder of files for large ones. One thread owns it and is the only
// writer; whoever else wants to look uses a queue_reader.
//
//   step                                  what a crash right after it leaves
//   body file written and synced          an orphan file, removed by `recover_step`
//   commit, synced                        the message, whole; only now may 250 be said
//   settlement committed                  the new state, with its notices, whole
//   body file of a removed row unlinked   nothing more
//
// Commits are exact: what failed is not there (unless the sync itself failed, when
// SQLite may find it whole at the next opening: twice is better than never).

#pragma once

#include "net/core/queued_message.hpp"
#include "net/core/result.hpp"
#include "storage/custody.hpp"
#include "storage/queue_store_options.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace troupe::storage {

/// A message that is new to the queue. What the pointers name outlives the call.
/// @pre body->size == mail->body_bytes; a body in a file lies where the shard's
/// body_folder puts that id, and its body_file is finished
struct arrival {
  const queued_message* mail = nullptr;
  body_ptr body;
  /// A copy may come again, or be here as a message already: then the body and the place
  /// in the queue stay as they are, and what is settled in either of them is settled.
  kept_as as = kept_as::message;
  const custody_writes* beside = nullptr; ///< In the same transaction, after it; null: nothing.
  std::uint64_t turn = 0;                 ///< See `custody_change`.
};

/// What becomes of a message in the queue, and the notices that this causes: all of
/// it is on disk together, or nothing is.
struct settlement {
  message_id id;
  const queued_message* mail = nullptr; ///< From now on; null: row and body go.
  std::vector<arrival> notices;         ///< Bounces, delay and success notices.
  const custody_writes* beside = nullptr; ///< As those of an arrival; done even if `id` is gone.
  std::uint64_t turn = 0;               ///< See `custody_change`.
};

/// Writes that belong to no message which comes or is settled. Where there are some,
/// all three kinds are carried out by their turns, ascending in each of them: an order
/// among them that is not lost when they share a transaction.
struct custody_change {
  const custody_writes* writes = nullptr;
  std::uint64_t turn = 0;
};

/// Both halves share one transaction, unless the disk is too full for new mail:
/// then settling still goes through.
struct commit_answer {
  status arrivals;    ///< All or none. Fails with storage_full or storage_failed.
  /// And changes. All, or with storage_full perhaps only the first of them: try again.
  status settlements;
};

struct stored_message {
  queued_message mail;
  body_ptr body; ///< With its bytes, or the path of its file.
  kept_as as = kept_as::message;
};

/// The same without its body.
struct found_message {
  queued_message mail;
  kept_as as = kept_as::message;
};

/// A place in the schedule. Ordered by time, then by id.
struct due_message {
  wall_time due{};
  message_id id;

  friend auto operator<=>(const due_message&, const due_message&) = default;
};

struct state_counts {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0; ///< Of bodies.
};

struct queue_counts {
  std::array<state_counts, message_states> by_state; ///< By message_state.
  bool complete = false;                ///< False until `recover_step` has seen every row.

  [[nodiscard]] const state_counts& of(message_state state) const {
    return by_state.at(static_cast<std::size_t>(state));
  }
};

class queue_store {
public:
  /// Opens or makes the shard's files. Costs the replay of the write-ahead log and no
  /// look at the rows. Fails with storage_foreign (not our file, or of a later
  /// version), storage_failed, storage_full or refused (a bad option).
  [[nodiscard]] static result<std::unique_ptr<queue_store>> open(const queue_store_options& options);
  ~queue_store();
  queue_store(const queue_store&) = delete;
  queue_store& operator=(const queue_store&) = delete;

  /// One transaction and one sync for all of it. Changes go through where settlements do. A settlement that was committed
  /// before changes nothing: neither it nor its notices come twice. After storage_failed the
  /// store is to be thrown away and opened afresh.
  [[nodiscard]] commit_answer commit(std::span<const arrival> arrivals,
                                     std::span<const settlement> settlements,
                                     std::span<const custody_change> changes = {});

  /// A page of the custody rows behind `after`, by id.
  [[nodiscard]] result<std::vector<custody_found>> load_custody(message_id after, std::size_t limit);
  /// For whom there are notices.
  [[nodiscard]] result<std::vector<notice_peer>> load_notice_peers();
  /// A page of the notices for a peer above `after`, ascending.
  [[nodiscard]] result<std::vector<notice_found>> load_notices(std::uint64_t peer, std::uint64_t after,
                                                               std::size_t limit);

  /// Fails with not_found, storage_failed, or for an envelope that we cannot read with
  /// malformed or storage_foreign: then `set_aside` keeps it from coming up again.
  [[nodiscard]] result<stored_message> load(message_id id);
  [[nodiscard]] result<queued_message> load_mail(message_id id);

  /// Unlinks the body file of a message that is not in the queue after all: its commit
  /// failed, and whether it was whole shows at the next opening only.
  [[nodiscard]] status drop_unkept_body(message_id id);

  /// Holds a message whose envelope cannot be read, as it is: out of the schedule,
  /// there for whoever can mend it. One that is not there is left so.
  [[nodiscard]] status set_aside(message_id id);

  /// The first bytes of a body, at most `bytes_max`. Fails with not_found or storage_failed.
  [[nodiscard]] result<std::string> read_body_head(message_id id, std::size_t bytes_max);

  /// Queued messages that follow `after` in the schedule and are due at `until` or
  /// before, at most `limit`, in order. A default `after` is the beginning.
  [[nodiscard]] result<std::vector<due_message>> load_due(due_message after, wall_time until,
                                                          std::size_t limit);

  /// From memory; costs nothing.
  [[nodiscard]] queue_counts counts() const;
  /// The message that has been here longest, copies not counted; its birth is in the id.
  /// Zero: none, or behind so many copies that a bounded look did not find it yet.
  [[nodiscard]] result<message_id> oldest();

  /// The next bounded part (a few ms) of what an opened store has to see once: counts
  /// rows, holds messages whose body file is gone, unlinks body files that no row
  /// names. True when all is done. May be mixed with everything else.
  [[nodiscard]] result<bool> recover_step();

  /// Moves the log into the database if it is above wal_bytes_due; costs little if not.
  [[nodiscard]] status checkpoint_if_due();
  /// The same whenever there is anything in it: for a moment without mail.
  [[nodiscard]] status checkpoint_idle();
  [[nodiscard]] std::uint64_t wal_bytes() const;

  /// Writes what is there already, synced: does the disk take it? Fails as a commit.
  [[nodiscard]] status probe();

  /// False when new mail would be refused with storage_full now.
  [[nodiscard]] bool has_room() const;
  /// So many bytes of new mail would find room.
  [[nodiscard]] std::uint64_t room_bytes() const;

private:
  class impl;
  explicit queue_store(std::unique_ptr<impl> how);
  std::unique_ptr<impl> impl_;
};

} // namespace troupe::storage
