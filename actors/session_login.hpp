// The login that a SESSION's client is about.

#pragma once

#include "actors/session.hpp"

namespace troupe::actors {

/// From AUTH to its verdict.
struct session::login {
  sasl::server_exchange exchange;
  ticket waits_for = 0; ///< The question to the GATEKEEPER in flight; 0: none.
  steady_time asked_at{};
  bool owes_end = false; ///< The GATEKEEPER gave a verifier, and is to hear what came of it.
};

} // namespace troupe::actors
