// The message that a SESSION is receiving.

#pragma once

#include "actors/body_budget.hpp"
#include "actors/policy/submission_header.hpp"
#include "actors/session.hpp"
#include "net/authentication/arc_seal.hpp"

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
  std::optional<policy::submission_header> header; ///< Where the listener completes it.
  std::size_t bytes_away = 0; ///< With the SPOOL or the STORE, until it answers.
  std::shared_ptr<body_share> share; ///< Null while no more than body_free_bytes were held.
  spool_file file;         ///< Null: everything is in `bytes`.
  ticket waits_for = 0;    ///< The request in flight, to SPOOL or STORE; 0: none.
  steady_time asked_at{};
  steady_time squeezed_since{}; ///< The budget does not cover what is held; the epoch: it does.
  bool spooling = false;   ///< The request in flight is one to the SPOOL.
  bool committing = false;
  bool unwanted = false;   ///< Discarded while the SPOOL worked.
  std::optional<error> failed; ///< The SPOOL refused: swallow the rest, then say so.
  troupe::envelope envelope; ///< From ask_commit on, until `mail` has it.
  std::shared_ptr<queued_message> mail;
  body_ptr kept_body;      ///< Whole; from the first who was asked to look at it or keep it.
  bool examining = false;  ///< The request in flight is one to the pool of EXAMINERS.
  bool checked = false;
  std::size_t fields_above_own = 0; ///< What we put in above our Received.
  bool filtered = false;   ///< Filters have nothing against it.
  bool held_by_filter = false;
  bool is_signed = false; ///< Or sealed.
  authentication::arc_statement statement; ///< Of the check, for the seal.
  std::size_t shards_tried = 0;
};

} // namespace troupe::actors
