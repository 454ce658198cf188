// What stands behind MAIL and RCPT: a path and parameters, read into the words of
// the envelope, or the reply that a bad one gets.

#pragma once

#include "net/core/envelope.hpp"
#include "net/smtp/session_options.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace troupe::smtp {

inline constexpr std::size_t envid_bytes_max = 100; ///< RFC 3461 §4.4, as xtext.
inline constexpr std::size_t orcpt_bytes_max = 500; ///< RFC 3461 §4.2, as xtext.

inline constexpr std::size_t submitter_bytes_max = 500; ///< RFC 4954 §5, as xtext.

struct mail_arguments {
  envelope mail; ///< Without recipients.
  std::optional<std::uint64_t> declared_bytes; ///< Not yet held against the limit.
};

/// What the command came by.
enum class wire : std::uint8_t { plain, tls };

/// `line` is the whole reply without CRLF and lives for ever.
struct bad_arguments {
  std::string_view line;
};

/// "FROM:<…> …". Parameters of extensions that `options` do not offer to such a peer
/// get 555.
[[nodiscard]] std::variant<mail_arguments, bad_arguments>
parse_mail_arguments(std::string_view args, const session_options& options, peer_trust trust,
                     wire by = wire::plain);

/// "TO:<…> …", in the transaction that `mail` began.
[[nodiscard]] std::variant<recipient, bad_arguments>
parse_rcpt_arguments(std::string_view args, const envelope& mail, const session_options& options);

} // namespace troupe::smtp
