// The addresses of a To, Cc, Bcc or From field (RFC 5322 §3.4): names, comments, groups,
// routes and folding go, addresses stay.

#pragma once

#include "net/core/mailbox.hpp"
#include "net/core/result.hpp"

#include <string_view>
#include <vector>

namespace troupe::app {

inline constexpr std::size_t addresses_max = 10'000;
/// Comments in comments.
inline constexpr unsigned comment_depth_max = 32;

/// An address without "@" has an empty domain: it is one of this host. Empty items
/// ("a@b,,c@d") mean nothing. Fails with malformed (detail: where) or limit_exceeded.
[[nodiscard]] result<std::vector<mailbox>> parse_address_list(std::string_view text);

} // namespace troupe::app
