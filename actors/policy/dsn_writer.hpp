// Writes a notice as a delivery status notification: RFC 3461 §6, RFC 3464,
// RFC 6522, and RFC 6533 where addresses or headers are not ASCII. Everything a
// remote or a sender said is hostile here: it is cut, folded and kept on its line.

#pragma once

#include "actors/policy/notice.hpp"
#include "net/core/envelope.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::policy {

struct dsn_options {
  std::string hostname;                  ///< Reporting-MTA and the domain of MAILER-DAEMON.
  std::string postmaster = "postmaster"; ///< Whom the text names; a domain is added if it has none.
};

/// A larger original goes back as its headers only.
inline constexpr std::size_t dsn_original_bytes_max = 64 * 1024;
/// Recipients that the readable part names one by one; the status part names all.
inline constexpr std::size_t dsn_recipients_shown_max = 20;

/// The original message, as far as it was read.
struct dsn_original {
  std::string_view bytes;        ///< From the start; `dsn_original_bytes_max` of it are enough.
  std::uint64_t total_bytes = 0; ///< Of the whole body.
};

struct written_notice {
  envelope mail;     ///< From the null sender to the one who is told.
  std::string bytes; ///< CRLF lines of at most 998 octets.
};

/// `id` is the notice's own and makes its Message-ID and boundary; the boundary
/// is changed until it stands in no part.
[[nodiscard]] written_notice write_dsn(const notice& what, const dsn_options& options,
                                       const dsn_original& original, message_id id, wall_time now);

} // namespace troupe::policy
