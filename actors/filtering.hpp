// What a SESSION has of its filters: the FILTER that speaks to them, and what the
// transaction under way has told it.

#pragma once

#include "actors/filter.hpp"
#include "actors/session.hpp"
#include "net/authentication/client_name.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troupe::actors {

/// From the first MAIL on, where the listener has filters.
struct session::filtering {
  filter_actor who;               ///< Null: there is none now.
  std::vector<filter_step> told;  ///< Of this transaction: what another FILTER would have to hear.
  std::size_t heard = 0;          ///< Of these, by this one.
  std::string helo_heard;         ///< By this one.
  bool client_heard = false;      ///< The same.

  filter_stage asked = filter_stage::mail;
  ticket waits_for = 0;           ///< The question that is out; 0: none.
  steady_time asked_at{};
  milliseconds wait_max{};        ///< For its answer.
  body_ptr body;                  ///< While they look at it.
  bool asked_again = false;       ///< The first FILTER of this question was lost.

  std::optional<authentication::client_name> named;
  std::optional<authentication::dns_book> naming; ///< What is known of that name, until it is.

  message_id id;                  ///< That the message will have.
  bool passed_over = false;       ///< No more of them in this transaction.
  std::string discarded_by;       ///< The message is to be thrown away.
};

} // namespace troupe::actors
