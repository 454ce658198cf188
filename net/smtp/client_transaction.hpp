// One message on its way out, as a client session needs to know it.

#pragma once

#include "net/core/envelope.hpp"

#include <cstdint>
#include <string_view>

namespace troupe::smtp {

/// What the bytes are, as opposed to what was declared about them. Who has not
/// looked leaves the defaults, which never bounce a message that could be sent
/// and never change a body.
struct body_traits {
  bool has_8bit = false;        ///< A byte above 127 anywhere.
  bool has_8bit_header = false; ///< One in the header section.
  bool ends_in_crlf = true;     ///< Or is empty.
};

/// Looks at a whole body. Costs a pass over the bytes (some 0.1 us for 4 KiB).
[[nodiscard]] body_traits look_at(std::string_view body) noexcept;

struct transaction {
  std::uint64_t token = 0;      ///< The owner's name for it; the session only hands it back.
  envelope mail;                ///< `recipients` are those of this attempt, at least one.
  std::uint64_t body_bytes = 0; ///< For SIZE=.

  /// has_8bit matters only if mail.body is eight_bit_mime, has_8bit_header only if
  /// mail.smtputf8 is set: an owner need not look otherwise.
  body_traits body;
};

} // namespace troupe::smtp
