// OpenSSL's queue of errors as one line for the log.

#pragma once

#include <string>

namespace troupe::io {

/// What stands first in this thread's queue, which is empty afterwards: the cause, not
/// what followed from it. "unknown error" if nothing does.
[[nodiscard]] std::string take_tls_error();

} // namespace troupe::io
