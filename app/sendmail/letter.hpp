// From what a program or a person wrote to a message as SMTP wants it: line ends, header
// and body apart, what is missing added, what must not go out taken away.

#pragma once

#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::app {

/// More is not read from stdin.
inline constexpr std::size_t letter_bytes_max = 256u << 20;

/// Up to the line with only a dot, if such a line ends it.
[[nodiscard]] std::string_view before_final_dot(std::string_view text) noexcept;

struct letter_wishes {
  bool recipients_from_header = false;
  std::string from;       ///< For a letter without From: the whole value.
  std::string date;       ///< For one without Date.
  std::string message_id; ///< For one without Message-ID, brackets included.
};

struct letter {
  std::string text; ///< Each line ends with CRLF, and nothing else in it is a CR or LF.
  std::vector<mailbox> recipients; ///< Of the header, if they were asked for.
  bool eight_bit = false;   ///< Needs 8BITMIME.
  bool utf8_header = false; ///< Needs SMTPUTF8.
};

/// Recipients come from Resent-To, -Cc and -Bcc where there is one of these, else from To,
/// Cc and Bcc. Bcc, Resent-Bcc and Return-Path are taken out. A first line "From …", as of
/// an mbox, goes. Fails with malformed where an address field can't be read.
[[nodiscard]] result<letter> make_letter(std::string_view text, const letter_wishes& wishes);

/// "Ann Lee <ann@example.org>", with the name as RFC 5322 and RFC 2047 want it; a name of
/// more than 45 bytes is cut.
[[nodiscard]] std::string from_field(std::string_view full_name, const std::string& address);

} // namespace troupe::app
