// What a SESSION holds for its door, beside SMTP; each part only for as long as it is needed.

#pragma once

#include "actors/session.hpp"
#include "net/smtp/proxy_header.hpp"

#include <optional>
#include <vector>

namespace troupe::actors {

/// From the connection to the greeting, where the peer is to say for whom it speaks, or to
/// keep silent.
struct session::threshold {
  std::optional<smtp::proxy_header_reader> header; ///< Nothing: it is to keep silent.
  steady_time until{}; ///< When the header is too late, or the silence long enough.
};

/// What block lists say about this client; asked at its first MAIL.
struct session::inquiry {
  ip_address about;
  std::optional<smtp::ask_sender> asked_at; ///< The MAIL that waits for it; its envelope lives as long.
  std::vector<bool> listed; ///< For each list.
  std::vector<bool> open;   ///< Was asked, and has said nothing yet.
  std::size_t waits_for = 0; ///< Of `open`.
  steady_time until{};
  ticket which = 0; ///< Late answers find another one.
  bool resuming = false;
};

} // namespace troupe::actors
