// Domains of other scripts as the DNS knows them (IDNA 2008, RFC 5891): borrowed from
// libidn2. No other file includes it.

#pragma once

#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::authentication {

/// "xn--bcher-kva.example" of "bücher.example"; ASCII stays as it is. Fails with malformed
/// where the DNS can't have such a name.
[[nodiscard]] result<std::string> ascii_domain(std::string_view domain);

} // namespace troupe::authentication
