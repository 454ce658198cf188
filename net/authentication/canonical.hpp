// How DKIM makes one text of all that relays may do to a message (RFC 6376 §3.4).

#pragma once

#include "net/authentication/crypto.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace troupe::authentication {

enum class canonical_form : std::uint8_t { simple, relaxed };

/// Appends one header field, with its CRLF.
/// @param whole as it stands in the message, with its last line end or without
void append_canonical(std::string& to, std::string_view whole, canonical_form form);

/// The hash of a body, as its bytes come along, split anywhere. Costs the same memory
/// for every body.
class body_digest {
public:
  static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

  /// @param length of the canonical body, how much counts: l=
  explicit body_digest(canonical_form form, std::uint64_t length = all) : form_(form), left_(length) {}

  void take(std::string_view bytes);
  /// 32 bytes. Nothing may be taken afterwards.
  [[nodiscard]] std::string finish();

  /// After finish: canonical bytes that did not count, because of l=.
  [[nodiscard]] std::uint64_t unsigned_bytes() const noexcept { return unsigned_; }
  /// After finish: what l= wanted beyond the end of the body.
  [[nodiscard]] std::uint64_t missing_bytes() const noexcept { return left_; }

private:
  void put(std::string_view canonical);
  void begin_text();
  void flush();

  canonical_form form_;
  std::uint64_t left_;
  std::uint64_t unsigned_ = 0;
  std::uint64_t line_ends_ = 0; ///< Held back: at the end of the body only one of them counts.
  bool cr_ = false;             ///< The last byte was a CR.
  bool blank_ = false;          ///< Relaxed: white space was seen before this byte.
  bool any_ = false;            ///< Some line was not empty.
  sha256 hash_;
  std::string out_;
};

} // namespace troupe::authentication
