// The commands of a client that carry something of a message's envelope.

#pragma once

#include "net/core/envelope.hpp"
#include "net/smtp/client_extensions.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

enum class mail_encoding : std::uint8_t { ascii, utf8 }; ///< utf8: SMTPUTF8 is needed.

/// Appends MAIL with the parameters that the peer takes and the message has.
void append_mail(std::string& out, const envelope& mail, std::uint64_t body_bytes,
                 mail_encoding encoding, const client_extensions& offers);

/// Appends RCPT. Without DSN nothing of it is passed on. An original recipient that
/// is not ASCII travels only with SMTPUTF8.
void append_rcpt(std::string& out, const recipient& to, mail_encoding encoding,
                 const client_extensions& offers);

/// True if `who` can't change what a command line means: no control characters, and
/// nothing in the domain that could end a path.
[[nodiscard]] bool is_safe(const mailbox& who) noexcept;

[[nodiscard]] bool is_all_ascii(std::string_view text) noexcept;
[[nodiscard]] bool is_all_ascii(const mailbox& who) noexcept;

} // namespace troupe::smtp
