// A mailbox (RFC 5321 §4.1.2): local part and domain, kept apart and unquoted.

#pragma once

#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe {

/// `local` is what the quotes mean, not how they were written. `domain` keeps its
/// spelling; an address literal keeps its brackets. Both empty: the null sender
/// (§4.5.5). Only `domain` empty: "postmaster", which every server answers for.
struct mailbox {
  std::string local;
  std::string domain;

  [[nodiscard]] bool is_null() const noexcept { return local.empty() && domain.empty(); }
  [[nodiscard]] bool is_literal() const noexcept { return !domain.empty() && domain.front() == '['; }

  friend bool operator==(const mailbox&, const mailbox&) = default;
};

/// RFC 5321 §4.5.3.1.1 and .2, in octets. Longer ones are refused with limit_exceeded.
inline constexpr std::size_t local_part_bytes_max = 64;
inline constexpr std::size_t domain_bytes_max = 255;

/// Local part quoted where the grammar needs it; the null sender is "".
[[nodiscard]] std::string to_string(const mailbox& who);

/// ASCII lower case of a domain without a final dot: domains compare so.
[[nodiscard]] std::string domain_key(std::string_view domain);

enum class utf8 { refused, allowed }; ///< RFC 6531: allowed only with SMTPUTF8.

/// Parses "local@domain" whole, quoted local parts and address literals included.
/// No angle brackets, no source route (see net/smtp/path.hpp).
/// Fails with malformed or limit_exceeded.
[[nodiscard]] result<mailbox> parse_mailbox(std::string_view text, utf8 letters = utf8::refused);

/// True for Domain and address-literal of §4.1.2 (what HELO and EHLO may carry).
[[nodiscard]] bool is_domain(std::string_view text, utf8 letters = utf8::refused);
[[nodiscard]] bool is_address_literal(std::string_view text);

} // namespace troupe
