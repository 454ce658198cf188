// What a server session holds from MAIL to the verdict on the commit, and not a
// moment longer: an idle session is to be small.

#pragma once

#include "net/core/envelope.hpp"
#include "net/smtp/body_scanner.hpp"
#include "net/smtp/header_watch.hpp"
#include "net/smtp/server_session.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::smtp {

struct server_session::transaction {
  [[nodiscard]] bool by_chunks() const noexcept { return frame != framing::dots; }

  envelope mail;
  recipient candidate; ///< The one that the owner is asked about.
  std::optional<body_scanner> scanner; ///< From begin_body on.
  header_watch header;
  std::uint64_t body_bytes = 0;
  std::size_t recipients = 0; ///< Accepted ones: the owner may take them out of `mail`.
  std::string_view spoiled; ///< The reply that the message gets at its end, or empty.
  framing frame = framing::dots;
  bool chunk_is_last = false;
  bool whole = false; ///< All of the body has been handed over.
};

} // namespace troupe::smtp
