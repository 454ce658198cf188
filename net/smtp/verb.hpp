// The commands of SMTP, as we count and name them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::smtp {

enum class verb : std::uint8_t {
  none,    ///< A reply that no command asked for: greeting, 421 by deadline or drain.
  unknown, ///< Not a command of ours.
  ehlo,
  helo,
  lhlo,    ///< EHLO of LMTP (RFC 2033).
  mail,
  rcpt,
  data,    ///< The command itself: 354 or a refusal.
  message, ///< The end of what followed DATA.
  bdat,
  auth,    ///< RFC 4954; each step of a login.
  xclient, ///< Whom a trusted filter speaks for.
  rset,
  noop,
  vrfy,
  expn,
  help,
  starttls, ///< RFC 3207.
  quit,
};

inline constexpr std::size_t verbs = static_cast<std::size_t>(verb::quit) + 1;

/// As it stands on the wire ("MAIL"); "NONE", "UNKNOWN" and "MESSAGE" for the others.
[[nodiscard]] std::string_view to_string(verb what) noexcept;

/// The verb of `word` in any case of letters, or verb::unknown.
[[nodiscard]] verb parse_verb(std::string_view word) noexcept;

} // namespace troupe::smtp
