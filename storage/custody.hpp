// What is written about messages that several nodes have on disk: who owns and who holds
// them, and what other nodes must still be told. The rows are bytes here: what they mean is
// the cluster's business (actors/policy/cluster). All of it is written in the transactions
// of the queue, so that a message and what is said about it never part.
//
// A copy is a message that another node owns: its bytes and its envelope are kept, it is
// never in the schedule, and it is counted apart.

#pragma once

#include "net/core/message_id.hpp"
#include "net/core/queued_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace troupe::storage {

/// As what a message comes to this disk.
enum class kept_as : std::uint8_t {
  message, ///< Ours: in the schedule.
  copy,    ///< Another node's.
};

/// No row is larger; whoever writes one keeps to it.
inline constexpr std::size_t custody_row_bytes_max = 64 * 1024;

/// In the place of what was there for this message.
struct put_custody {
  message_id id;
  std::string row;
};
/// The row goes, and with it the message, if it is here as a copy.
struct drop_custody {
  message_id id;
};
/// These recipients, by their place in the message, are settled by another node: nothing is
/// delivered to them here, and nobody is told. Those that are settled already stay as they are.
struct mark_recipients {
  message_id id;
  std::vector<std::uint16_t> recipients;
};
/// In the place of what was there under this number.
struct put_notice {
  std::uint64_t peer = 0;
  std::uint64_t sequence = 0;
  std::string row;
};
struct erase_notices {
  std::uint64_t peer = 0;
  std::uint64_t up_to = 0; ///< Included.
};
/// A copy becomes a message of the queue. One without an unsettled recipient is in the
/// state `settled` then: in no schedule, until it is settled away.
struct adopt_message {
  message_id id;
};
/// A message of the queue becomes a copy.
struct demote_message {
  message_id id;
};
/// The message goes, whatever it is here as. Its custody row stays.
struct discard_message {
  message_id id;
};

/// One that names a message which is not here changes nothing.
using custody_write = std::variant<put_custody, drop_custody, mark_recipients, put_notice, erase_notices,
                                   adopt_message, demote_message, discard_message>;
/// Carried out in this order.
using custody_writes = std::vector<custody_write>;

struct custody_found {
  message_id id;
  std::string row;
  /// As what the message is here. None: it is not, or it is a copy whose body file is gone.
  std::optional<message_state> message;
};

struct notice_found {
  std::uint64_t sequence = 0;
  std::string row;
};

struct notice_peer {
  std::uint64_t peer = 0;
  std::uint64_t last = 0; ///< The highest sequence that is on disk for it.
};

} // namespace troupe::storage
