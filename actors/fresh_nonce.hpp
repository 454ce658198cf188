// A nonce for SASL: nobody can guess it, and it never comes twice.

#pragma once

#include <string>

namespace troupe::actors {

/// 144 bits from the system's dice, printable and without a comma.
[[nodiscard]] std::string fresh_nonce();

} // namespace troupe::actors
