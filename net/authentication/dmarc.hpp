// DMARC (RFC 7489): what the owner of the From domain wants done with mail that neither
// SPF nor DKIM proves to be its own.

#pragma once

#include "net/authentication/dkim_check.hpp"
#include "net/authentication/dns_book.hpp"
#include "net/authentication/spf_record.hpp"
#include "net/core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

enum class dmarc_policy : std::uint8_t { none, quarantine, reject };
[[nodiscard]] std::string_view to_string(dmarc_policy what) noexcept;

struct dmarc_record {
  dmarc_policy policy = dmarc_policy::none;
  dmarc_policy below = dmarc_policy::none; ///< Of its subdomains: sp=, or p=.
  unsigned percent = 100;
  bool strict_dkim = false;
  bool strict_spf = false;
};

/// Fails with malformed (§6.6.3: then there is no record).
[[nodiscard]] result<dmarc_record> parse_dmarc_record(std::string_view text);

enum class dmarc_outcome : std::uint8_t { none, pass, fail, temperror, permerror };
[[nodiscard]] std::string_view to_string(dmarc_outcome what) noexcept;

struct dmarc_finding {
  dmarc_outcome outcome = dmarc_outcome::none;
  std::string author;                              ///< The domain of From, or "".
  dmarc_policy published = dmarc_policy::none;     ///< For this domain.
  dmarc_policy requested = dmarc_policy::none;     ///< After pct= had its say; none unless it failed.
  std::string why;
};

/// What was proved about the message.
struct proofs {
  std::string spf_domain; ///< The one that SPF passed for, lower case; or "".
  std::vector<std::string> dkim_domains; ///< d= of the signatures that passed.
};

/// Nothing where the book lacks an answer.
/// @param author its error says why there is none
/// @param dice 0 <= dice < 100, for pct=
[[nodiscard]] std::optional<dmarc_finding> check_dmarc(const result<std::string>& author, const proofs& proved,
                                                       dns_book& book, unsigned dice);

} // namespace troupe::authentication
