// The house's error codes as CAF errors: what an actor answers instead of a value.

#pragma once

#include "net/core/result.hpp"

#include <caf/atom.hpp>
#include <caf/error.hpp>

namespace troupe::actors {

enum class flow : std::uint8_t { mailbox_full = static_cast<std::uint8_t>(errc::mailbox_full) };

[[nodiscard]] inline caf::error make_error(flow why) {
  return {static_cast<std::uint8_t>(why), caf::atom("troupe")};
}

/// Why an operator's actor ends, besides what CAF has for it: it shall start afresh.
[[nodiscard]] caf::error restart_asked();
[[nodiscard]] bool is_restart(const caf::error& reason);

/// An error of ours on its way through a mailbox.
[[nodiscard]] caf::error to_caf(const error& why);

/// Back again. What CAF itself says (a dead receiver, a lost request) is worker_lost.
[[nodiscard]] error from_caf(const caf::error& why);

} // namespace troupe::actors
