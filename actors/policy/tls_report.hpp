// The report to a domain about TLS with its hosts (RFC 8460): where it is wanted, its JSON,
// and the letter that carries it.

#pragma once

#include "actors/policy/tls_tally.hpp"
#include "net/core/message_id.hpp"
#include "net/core/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

/// More places that want one report are not looked at.
inline constexpr std::size_t tls_report_places_max = 5;

/// The "mailto:" addresses of the one record among the texts of _smtp._tls.DOMAIN that
/// begins with "v=TLSRPTv1;" (§3), in order; empty where there is no such record, or more
/// than one. Those of other schemes, or that are no addresses, are passed over.
[[nodiscard]] std::vector<mailbox> read_tls_report_places(std::span<const std::string> texts);

struct tls_report_terms {
  std::string hostname; ///< Who reports.
  mailbox from;         ///< And whom to ask.
  wall_time begin{};
  wall_time end{};
};

/// §4.4.
[[nodiscard]] std::string write_tls_report(std::string_view domain, const tls_tally::pages& pages,
                                           const tls_report_terms& terms, message_id id);

/// The letter to one place (§5.3), with the JSON compressed. Lines end in CRLF.
/// Fails with limit_exceeded where zlib has no memory.
[[nodiscard]] result<std::string> write_tls_report_letter(std::string_view domain,
                                                          std::string_view json, const mailbox& to,
                                                          const tls_report_terms& terms,
                                                          message_id id, wall_time now);

} // namespace troupe::policy
