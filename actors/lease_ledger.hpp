// What the SHARDs of one slice of the queue know in turn, and no disk does: which leases
// are out and with whom, what came back, and which outcomes are not written yet. It
// outlives each of them, so that the death of one neither loses a letter nor sends one
// twice: the next one goes on where it was.
//
// Beside the directory the only memory that actors share. A ROUTE hands back by calling
// it: a message in the mailbox of a SHARD that dies would be gone.

#pragma once

#include "actors/lease.hpp"
#include "actors/store.hpp"

#include <caf/actor_addr.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

namespace troupe::actors {

class lease_ledger {
public:
  struct lent {
    lease_ptr what;
    caf::actor_addr to;
  };
  /// One message, as it stands now.
  struct page {
    mail_ptr mail;
    body_ptr body;
    std::vector<lent> leases;
    std::vector<settling> unwritten; ///< In their order.
  };

  /// From any thread: a lease ends. Never lost, and never refused: who lent it out
  /// bounds how many there are.
  void hand_back(attempt_finished what);

  /// From any thread: tells the SHARD on stage. Where there is none, they come back when
  /// they are due.
  void bring_back_now(bring_back what);

  // The rest is for the SHARD on stage, and for nobody else.

  /// It is told from now on when something comes back; null: nobody is.
  void open(lessor_actor by);

  /// The house is closed, and all of it is on disk: leases and ledger let go of each other.
  void close();

  /// What the SHARD before left behind.
  [[nodiscard]] std::vector<page> inherit() const;

  /// The first that came back, or null. It stays until `forget_first`: a SHARD that dies
  /// of it leaves it to the next.
  [[nodiscard]] const attempt_finished* first_back() const;
  void forget_first();

  void lend(const std::vector<lease_ptr>& all, const caf::actor_addr& to);
  /// It ends without an outcome.
  void take_back(const lease_ptr& what);
  /// An outcome, and the end of the lease that brought it (null: none did), in one step.
  /// It gets its number.
  void settle(settling& what, const mail_ptr& now, const body_ptr& body, const lease_ptr& with);
  /// The first outcome of this message is on disk.
  void written(message_id id);

private:
  using pages = std::unordered_map<message_id, page>;

  static void strike(page& from, const lease_ptr& what);
  void drop_if_done(pages::iterator at);

  mutable std::mutex guard_;
  lessor_actor on_stage_;
  std::deque<attempt_finished> back_;
  pages pages_;
  std::uint64_t settled_ = 0; ///< The last number.
};

} // namespace troupe::actors
