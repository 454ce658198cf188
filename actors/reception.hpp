// The message that a SESSION is receiving.

#pragma once

#include "actors/session.hpp"

#include <memory>
#include <optional>
#include <string>

namespace troupe::actors {

/// Between begin_body and the verdict on its commit.
struct session::reception {
  message_id id;
  std::size_t shard = 0;
  std::string bytes;       ///< Not yet with the SPOOL; the whole body if it is small.
  std::uint64_t size = 0;
  spool_file file;         ///< Null: everything is in `bytes`.
  bool spooling = false;   ///< A request to the SPOOL is in flight.
  bool committing = false;
  bool unwanted = false;   ///< Discarded while the SPOOL worked.
  std::optional<error> failed; ///< The SPOOL refused: swallow the rest, then say so.
  steady_time committing_since{};
  std::shared_ptr<queued_message> mail;
  body_ptr kept_body;
  std::size_t shards_tried = 0;
};

} // namespace troupe::actors
