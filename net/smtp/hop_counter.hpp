// Counts the Received fields in a message's header (RFC 5321 §6.3), as it passes by.

#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::smtp {

class hop_counter {
public:
  /// The next bytes of the message, lines ending in LF; split anywhere.
  void look(std::string_view bytes) noexcept;

  [[nodiscard]] unsigned hops() const noexcept { return hops_; }

private:
  enum class position : std::uint8_t { name, rest_of_line, blank_line, in_body };

  unsigned hops_ = 0;
  std::uint8_t matched_ = 0; ///< Letters of "received:" at the start of this line.
  position position_ = position::name;
};

} // namespace troupe::smtp
