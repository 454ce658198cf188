// Signatures and policies: from the configuration to what the doors go by.

#pragma once

#include "actors/examination_terms.hpp"
#include "actors/pool.hpp"
#include "app/config/config.hpp"
#include "net/core/result.hpp"

namespace troupe::app {

/// Reads the key files. Null where everything is off. Fails with the place of a key that
/// cannot be read or is none.
[[nodiscard]] result<actors::examination_terms_ptr> make_examination_terms(const config& from);

/// EXAMINERS: each with many messages that wait for the DNS.
[[nodiscard]] actors::pool_terms make_examination_pool(const config& from);

} // namespace troupe::app
