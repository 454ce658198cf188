// STORE: the one actor that writes a shard's part of the queue to disk.
//
//   Place      SESSION -> [STORE] <-> SHARD
//   Spawned    by the queue's SUPERVISOR, one for a shard, detached: SQLite blocks.
//   Dies       on shutdown, or of a bug. When the disk refuses it answers storage_failed,
//              throws its database handle away and opens it afresh, again and again.
//   Restarted  by the SUPERVISOR: it opens the database by itself and tells its SHARD.
//              What the dead one had not answered is answered worker_lost; what it had
//              committed and not announced, the SHARD finds in the schedule.
//   Bound      options.mailbox: base_actor refuses the next keep_message with
//              mailbox_full, and the SESSION says 452. Settling has one request in
//              flight. Batches that the SHARD has not taken yet: batches_ahead_max;
//              above it commits wait, and with them the sessions: options.buffer letters,
//              options.timeout each.
//   States     serving <-> broken (disk refuses: the breaker is open, mail is refused
//              without a look at the disk, and only its trials try the disk again);
//              -> aside: the database is damaged, nothing more is written to it;
//              -> draining: refuses keep_message and still settles what is in flight.
//              While an operator holds the breaker open it takes no mail, and settles.

#pragma once

#include "actors/backpressure.hpp"
#include "actors/base_actor.hpp"
#include "actors/breaker_notes.hpp"
#include "actors/policy/breaker.hpp"
#include "actors/policy/dsn_writer.hpp"
#include "actors/policy/notice.hpp"
#include "actors/role.hpp"
#include "actors/store_books.hpp"
#include "net/authentication/signing.hpp"
#include "net/core/message_id.hpp"
#include "net/core/queued_message.hpp"
#include "storage/queue_store.hpp"

#include <caf/typed_actor.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe::actors {

using mail_ptr = std::shared_ptr<const queued_message>;

/// Asks to take responsibility for a message.
struct keep_message {
  mail_ptr mail;
  body_ptr body; ///< Above body_inline_bytes_max it is in a synced file already.
  /// A copy is not announced, and may be here already (storage::arrival says what then).
  storage::kept_as as = storage::kept_as::message;
  std::shared_ptr<const storage::custody_writes> beside{}; ///< In the same transaction; null: none.
};

/// The commit is on disk. Only now may the peer read 250 (RFC 5321 §6.1).
struct message_kept {
  message_id id;
  steady_time::duration commit{}; ///< What its transaction took; the rest of the wait was in line.
};

/// What becomes of one message, and what its sender is told.
struct settling {
  message_id id;
  mail_ptr mail; ///< From now on; null: it leaves the queue.
  std::vector<policy::notice> notices;
  std::shared_ptr<const storage::custody_writes> beside{}; ///< In the same transaction; null: none.
  /// Given by the ledger; the same when it is asked for again, and then its notices are
  /// written once. Zero: never asked for again.
  std::uint64_t number = 0;
};

struct settle_messages {
  std::vector<settling> all;
};

/// All of it is on disk, notices included.
struct messages_settled {};

/// Writes of the cluster that no message brings with it. Together with keep_message and
/// settle_messages from the same sender they are carried out in the order in which they came.
struct change_custody {
  storage::custody_writes writes;
};

/// All of it is on disk.
struct custody_changed {};

/// A page of the custody rows behind `after`, by id.
struct load_custody {
  message_id after;
  std::size_t limit = 0;
};

struct custody_loaded {
  std::vector<storage::custody_found> found;
  bool last = false; ///< There is nothing behind it now.
};

/// For whom there are notices.
struct load_notice_peers {};

struct notice_peers_loaded {
  std::vector<storage::notice_peer> found;
  bool last = true; ///< These are all.
};

/// A page of the notices for `peer` above `after`, ascending.
struct load_notices {
  std::uint64_t peer = 0;
  std::uint64_t after = 0;
  std::size_t limit = 0;
};

struct notices_loaded {
  std::vector<storage::notice_found> found;
  bool last = false; ///< There is nothing behind it now.
};

/// Tells the SHARD what is new in the queue, in the order of the commits.
struct batch_kept {
  std::vector<keep_message> all;
};

struct batch_taken {};

/// The STORE begins anew, or its database was opened again: something may be in the
/// queue that was never announced, and what is unanswered is to be asked again.
struct store_opened {};

/// A page of the schedule, as in queue_store::load_due.
struct load_schedule {
  storage::due_message after;
  std::size_t limit = 0;
};

struct schedule_loaded {
  std::vector<storage::due_message> entries;
  bool last = false; ///< There is nothing behind it now.
};

struct load_messages {
  std::vector<message_id> ids;
};

struct messages_loaded {
  std::vector<keep_message> found;
  std::vector<message_id> missing; ///< Not there, or not readable: `why` says it.
  std::vector<message_id> unread;  ///< The disk refused: they are there still, and due.
  std::string why;
};

/// The database was found damaged: every further write may make it worse.
struct set_shard_aside {
  std::string why;
};

struct describe_store {};

struct store_view {
  storage::queue_counts counts;
  message_id oldest; ///< As queue_store::oldest.
  std::uint64_t wal_bytes = 0;
  bool has_room = false;
  std::uint64_t room_bytes = 0; ///< On disk, for new mail.
  bool broken = false;  ///< No mail is taken: the disk refuses, or an operator has it so.
  std::string aside; ///< Why it is set aside, or empty.
  policy::breaker_view breaker;
  policy::pool_numbers jobs; ///< Its part of the pool "storage".
};

/// New terms of the breaker, which starts afresh where they differ.
struct use_disk_breaker {
  policy::breaker_options options;
};

/// Makes one transaction of all that waits.
struct commit_waiting {};
/// Idle work, and the trials of a broken store, once a second.
struct store_tick {};
/// Goes on with what an opened store has to see once.
struct recover_more {};

/// Stops taking mail.
struct drain {};

/// What the STORE tells its SHARD.
using shard_inbox = caf::typed_actor<caf::replies_to<batch_kept>::with<batch_taken>,
                                     caf::reacts_to<store_opened>>;

using store_actor = caf::typed_actor<
  // Keeps one message. Fails with storage_full, mailbox_full, draining, timed_out (waited
  // too long for its commit) or worker_lost: then it is not kept. After storage_failed it
  // may be, if the sync failed: the STORE itself throws away the file of its body then, once
  // it knows.
  caf::replies_to<keep_message>::with<message_kept>,
  // Answers when it is on disk, however long the disk refuses.
  caf::replies_to<settle_messages>::with<messages_settled>,
  // Fails with storage_failed.
  caf::replies_to<load_schedule>::with<schedule_loaded>,
  caf::replies_to<load_messages>::with<messages_loaded>,
  // As settle_messages.
  caf::replies_to<change_custody>::with<custody_changed>,
  // Fail with storage_failed.
  caf::replies_to<load_custody>::with<custody_loaded>,
  caf::replies_to<load_notice_peers>::with<notice_peers_loaded>,
  caf::replies_to<load_notices>::with<notices_loaded>,
  caf::replies_to<describe_store>::with<store_view>,
  caf::reacts_to<set_shard_aside>,
  caf::reacts_to<use_disk_breaker>, caf::replies_to<act_on_breaker>::with<store_view>,
  caf::reacts_to<drain>,
  caf::reacts_to<commit_waiting>,
  caf::reacts_to<recover_more>,
  caf::reacts_to<store_tick>>;

/// The first trial of a disk that refused; it doubles up to what others rest at first.
inline constexpr milliseconds disk_rest_first{1'000};

/// As all breakers, but one refusal of a disk is enough, and the first trial comes soon:
/// nobody else keeps this mail, and a trial harms nobody.
[[nodiscard]] inline policy::breaker_options disk_breaker(policy::breaker_options options = {}) {
  options.min_requests = 1;
  options.failure_ratio = 1e-9;
  options.open_max = options.open;
  options.open = std::min(options.open, disk_rest_first);
  return options;
}

struct store_options {
  unsigned number = 0;                ///< Of the shard.
  storage::queue_store_options files;
  std::uint64_t queue_bytes_max = 0;  ///< Of this shard; 0: no limit but the disk's.
  policy::dsn_options notices;
  std::function<authentication::signers_ptr()> signers; ///< In force now, for notices; none: unsigned.
  policy::breaker_options breaker = disk_breaker();
  role_ptr<shard_inbox> shard;        ///< To whom new mail is announced.
  std::size_t mailbox = 4096;
  std::size_t buffer = 10'000;        ///< Letters that wait for a commit, at most.
  milliseconds timeout{30'000};       ///< And for how long.
};

/// What one STORE of a shard leaves to the next. Only the one on stage uses it: the death
/// of one comes before the birth of the next.
struct store_legacy {
  explicit store_legacy(id_source notice_ids) : ids(std::move(notice_ids)) {}

  id_source ids;     ///< For notices: never one twice, however often the STORE dies.
  std::string aside; ///< Why nothing is written any more, or empty.
  breaker_act breaker_by_hand = breaker_act::reset; ///< An operator holds it so; reset: none does.
  /// Settlements of the last commit that had some, in order. Who asks again, since it died
  /// before it heard of it, asks for these.
  std::vector<std::uint64_t> settled;
  /// Of messages that the disk may have kept or not: nobody else looks after their files.
  std::vector<message_id> in_doubt;
  std::unique_ptr<storage::queue_store> opened; ///< For the first one, if it was opened before.
};

/// Messages in one transaction, at most.
inline constexpr std::size_t commit_messages_max = 512;
/// Batches that the SHARD has been sent and has not taken.
inline constexpr std::size_t batches_ahead_max = 4;
/// Large bodies in doubt that are remembered; the rest is found at the node's next start.
inline constexpr std::size_t in_doubt_max = 10'000;

class store final : public base_actor<store_actor> {
public:
  store(caf::actor_config& config, const house& home, const store_options& options,
        std::shared_ptr<store_legacy> legacy);

  const char* name() const override { return "store"; }
  void on_exit() override;

protected:
  store_actor::behavior_type make_behavior() override;

private:
  using kept_promise = caf::typed_response_promise<message_kept>;
  using settled_promise = caf::typed_response_promise<messages_settled>;
  using changed_promise = caf::typed_response_promise<custody_changed>;

  struct waiting_arrival {
    keep_message what;
    kept_promise promise;
    steady_time since;
    std::uint64_t turn;
  };
  struct waiting_settlement {
    settle_messages what;
    settled_promise promise;
    steady_time since;
    std::uint64_t turn;
    std::vector<keep_message> notices; ///< Written once, kept with the settlement.
    std::vector<std::uint64_t> numbers; ///< Of all that was asked for, repeated or not.
    bool prepared = false;
  };
  struct waiting_change {
    change_custody what;
    changed_promise promise;
    std::uint64_t turn;
  };
  /// How many of each kind, the first ones, go into the next transaction.
  struct settling_part {
    std::size_t settlements = 0;
    std::size_t changes = 0;
  };

  caf::result<message_kept> on_keep_message(const keep_message& x);
  caf::result<messages_settled> on_settle_messages(const settle_messages& x);
  caf::result<schedule_loaded> on_load_schedule(const load_schedule& x);
  messages_loaded on_load_messages(const load_messages& x);
  caf::result<custody_changed> on_change_custody(const change_custody& x);
  caf::result<custody_loaded> on_load_custody(const load_custody& x);
  caf::result<notice_peers_loaded> on_load_notice_peers();
  caf::result<notices_loaded> on_load_notices(const load_notices& x);
  template <class Answer, class Look>
  caf::result<Answer> look_at_custody(std::size_t limit, Look look);
  store_view on_describe_store();
  void on_commit_waiting();
  void on_set_shard_aside(const set_shard_aside& x);
  void on_recover_more();
  void on_store_tick();
  void on_use_disk_breaker(const use_disk_breaker& x);
  store_view on_act_on_breaker(const act_on_breaker& x);

  status open();
  void serve_again();
  void try_disk();
  void report(const std::optional<policy::breaker_change>& change);
  void break_down(const error& why);
  caf::error turn_away(const keep_message& what, const error& why);
  void leave_in_doubt(const keep_message& what);
  [[nodiscard]] status resolve_doubts();
  [[nodiscard]] bool takes_mail() const;
  [[nodiscard]] bool is_over_limit() const;

  // store_committing.cpp
  void arm();
  void commit();
  void answer_arrivals(std::size_t number, const status& how, steady_time::duration took,
                       std::vector<keep_message>& news);
  void answer_settlements(const settling_part& part, steady_time::duration took,
                          std::vector<keep_message>& news);
  [[nodiscard]] settling_part part_to_settle(std::size_t kept) const;
  [[nodiscard]] std::vector<storage::arrival> arrivals_to_commit(std::size_t number) const;
  [[nodiscard]] std::vector<storage::settlement> settlements_to_commit(std::size_t number);
  [[nodiscard]] bool must_settle() const noexcept;
  void prepare_settlements(std::size_t number);
  void write_notices(waiting_settlement& each);
  keep_message write_notice(const policy::notice& what);
  void announce(std::vector<keep_message> kept);
  void refuse_arrivals(policy::job_outcome how, const error& why);
  void give_up_overdue();
  void show_jobs();

  const store_options options_;
  watched_link shard_link_; ///< Commits wait until the SHARD has taken what is announced.
  std::unique_ptr<storage::queue_store> queue_; ///< Null: broken.
  const std::shared_ptr<store_legacy> legacy_;
  policy::breaker_options breaker_terms_;
  policy::breaker breaker_;
  breaker_notes breaker_notes_;
  store_books books_;
  std::uint64_t refused_seen_ = 0; ///< Of what the mailbox had no room for.
  std::vector<waiting_arrival> arrivals_;
  std::vector<waiting_settlement> settlements_;
  std::vector<waiting_change> changes_;
  std::uint64_t turns_ = 0; ///< Of all three, in the order in which they came.
  std::size_t batches_ahead_ = 0;
  bool armed_ = false;
  bool committing_ = false; ///< The first of `arrivals_` may be on disk already.
  bool recovered_ = false;
  bool recovery_waits_ = false; ///< The disk is full: the tick tries again.
  bool idle_ = true; ///< Nothing was committed since the last tick.
  bool draining_ = false;
  bool settle_later_ = false; ///< The disk refused settlements or changes: the tick tries again.
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::keep_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::message_kept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::settle_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::messages_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::change_custody)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::custody_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::load_custody)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::custody_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::load_notice_peers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::notice_peers_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::load_notices)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::notices_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::batch_kept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::batch_taken)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::load_schedule)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::schedule_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::load_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::messages_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::set_shard_aside)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::describe_store)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::store_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::store_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::use_disk_breaker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::commit_waiting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::recover_more)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::store_tick)
