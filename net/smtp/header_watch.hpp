// What the server reads of a message's header as it passes by: how many hops it has made
// (RFC 5321 §6.3), and whether its sender cares less for TLS than for its arrival (RFC 8689 §3).

#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::smtp {

class header_watch {
public:
  /// The next bytes of the message, lines ending in CRLF; split anywhere.
  void look(std::string_view bytes) noexcept;

  /// Received fields.
  [[nodiscard]] unsigned hops() const noexcept { return hops_; }

  /// One field "TLS-Required: No". Other values mean nothing, and there must not be two.
  [[nodiscard]] bool tls_is_optional() const noexcept {
    return tls_fields_ == 1 && tls_fields_saying_no_ == 1;
  }

private:
  enum class position : std::uint8_t { name, tls_value, rest_of_line, blank_line, in_body };
  enum class tls_value : std::uint8_t { nothing, n, no, other };

  void read_name(char c) noexcept;
  void read_tls_value(char c) noexcept;

  unsigned hops_ = 0;
  std::uint8_t tls_fields_ = 0; ///< Counted up to 2.
  std::uint8_t tls_fields_saying_no_ = 0;
  std::uint8_t matched_ = 0; ///< Letters of a name we know at the start of this line.
  bool may_be_tls_ = false;  ///< The name begins as "TLS-Required" does.
  position position_ = position::name;
  tls_value value_ = tls_value::nothing;
};

} // namespace troupe::smtp
