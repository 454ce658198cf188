// Whom the From field names (RFC 5322 §3.6.2): the only name that a reader sees.

#pragma once

#include "net/core/header_section.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::authentication {

/// Addresses of one From that are looked at; more are malformed.
inline constexpr std::size_t authors_max = 50;

/// The domains of its addresses, lower case, other scripts as A-labels, each once. Display names, comments, quotes,
/// groups and routes are read over. Fails with malformed where an address has no domain
/// or its quotes do not end.
[[nodiscard]] result<std::vector<std::string>> author_domains(std::string_view from);

/// The one domain of the one From. Fails with malformed: none, two fields, two domains.
[[nodiscard]] result<std::string> author_domain(const header_section& header);

} // namespace troupe::authentication
