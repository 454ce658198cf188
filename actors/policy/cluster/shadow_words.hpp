// What the nodes' SHADOWs say to each other about messages that several of them have on
// disk, and what a SHADOW's machine wants done.
//
// WIRE. Everything may be lost, come twice or in another order, but one thing the links
// promise: nothing that was sent before a restart of either end arrives after it.

#pragma once

#include "actors/policy/cluster/custody_table.hpp"
#include "actors/policy/cluster/node.hpp"

#include <variant>
#include <vector>

namespace troupe::policy {

/// A claim to a message. The greater one wins wherever two meet: by term, then by owner.
struct claim {
  std::uint16_t term = 0;
  node_id owner;

  friend auto operator<=>(const claim&, const claim&) = default;
};

/// One row of the table `custody` on disk.
struct custody_row {
  message_id id;
  claim by{};
  std::uint8_t hops = 0;
  std::uint8_t confirmed = 0;   ///< Bit n: holders[n] has said that it holds.
  std::vector<node_id> holders{}; ///< At most holders_max.

  friend bool operator==(const custody_row&, const custody_row&) = default;
};

enum class notice_kind : std::uint8_t {
  settled,    ///< No recipient is left to be delivered to. True whoever owns it.
  recipients, ///< Some are settled: these. True whoever owns it.
  released,   ///< The receiver need no longer hold it for this claim.
  claimed,    ///< The sender owns it; the receiver is asked to hold it for that claim.
};

/// What one node must learn of one message, however long that takes.
struct peer_notice {
  std::uint64_t sequence = 0; ///< Grows for each receiver, over restarts.
  message_id id;
  notice_kind kind = notice_kind::settled;
  claim by{};
  std::vector<std::uint16_t> recipients{}; ///< By their place in the message: kind recipients.

  friend bool operator==(const peer_notice&, const peer_notice&) = default;
};

/// With the message itself: envelope with the fate of each recipient so far, and body.
struct keep_copy { std::uint64_t attempt; custody_row row; std::uint64_t bytes; };
struct copy_kept { std::uint64_t attempt; message_id id; };
struct copy_refused { std::uint64_t attempt; message_id id; };

/// With the message itself. `row.by.owner` is the receiver: once it said `message_taken`,
/// it is the owner, or, if it has seen a greater claim, `by` names who is.
struct take_message { std::uint64_t attempt; custody_row row; std::uint64_t bytes; };
struct message_taken { std::uint64_t attempt; message_id id; claim by; };
struct message_declined { std::uint64_t attempt; message_id id; };

/// In order of their sequences; the sender goes on when the last one is answered.
struct notices { std::vector<peer_notice> items; };
enum class notice_answer : std::uint8_t {
  heard,     ///< And done.
  holding,   ///< Of a claim: it is on disk here, for that claim.
  unknown,   ///< No such message here: do not count on this holder.
  overruled, ///< There is a greater claim, in `by`.
};
struct notice_reply { std::uint64_t sequence; message_id id; notice_answer answer; claim by; };
struct notices_heard { std::vector<notice_reply> items; };

/// "I was away. Tell me all that I must know; I deliver nothing before."
struct what_happened { node_life life; };
/// "You have it all", to this life.
struct all_told { node_life life; };

/// "These I hold for you. Which need I no longer?"
struct check_copies { std::uint64_t page; std::vector<message_id> ids; };
struct copies_checked { std::uint64_t page; std::vector<message_id> gone; };

using shadow_message
  = std::variant<keep_copy, copy_kept, copy_refused, take_message, message_taken, message_declined,
                 notices, notices_heard, what_happened, all_told, check_copies, copies_checked>;

// Actions. The owner carries them out in order, with one rule that everything rests on:
//
//   nothing is sent, answered or adopted before all writes that came earlier are on disk.
//
// Writes in a row may share a transaction. A crash may cut the line of actions anywhere.

struct send_to { node_id to; shadow_message what; };
/// Insert or replace by id. With `with_message`, the message that came with the event (a
/// copy or a message handed over) is stored in the same transaction.
struct write_custody { custody_row row; bool with_message = false; };
/// The row goes, and with it the message if it is here as a copy.
struct drop_custody { message_id id; };
/// These recipients were settled by another node: not to be delivered to, no notices.
struct mark_recipients { message_id id; std::vector<std::uint16_t> recipients; };
struct write_notice { node_id to; peer_notice what; };
struct erase_notices { node_id to; std::uint64_t up_to; };
/// Answer with `notices_loaded`: those on disk for `to` above `after`, in order.
struct load_notices { node_id to; std::uint64_t after; std::size_t limit; };
/// The one write that nothing waits for: the message, and this row beside it, in one
/// transaction, then `kept_here`. What follows need not wait: the copies travel meanwhile;
/// only what concerns the same message (refuse, discard, drop) comes after it.
struct keep_here { custody_row row; };
/// Say 250. `copies` is how many nodes have it, this one included.
struct accept_message { message_id id; std::size_t copies; };
/// Say 451; take the message out of the queue.
struct refuse_message { message_id id; };
/// A copy becomes a message: into the queue, to be delivered.
struct adopt_message { message_id id; };
/// A message becomes a copy: out of the queue, its bytes stay.
struct demote_message { message_id id; };
/// It was settled by another node: out of the queue, without notices.
struct discard_message { message_id id; };
/// What happened meanwhile is known (true), or may have happened (false).
struct serving_changed { bool serving; };

using shadow_action = std::variant<send_to, write_custody, drop_custody, mark_recipients, write_notice,
                                   erase_notices, load_notices, keep_here, accept_message, refuse_message,
                                   adopt_message, demote_message, discard_message, serving_changed>;

} // namespace troupe::policy
