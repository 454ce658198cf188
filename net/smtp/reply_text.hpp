// A reply as it goes over the wire (RFC 5321 §4.2.1).

#pragma once

#include "net/core/reply.hpp"

#include <string>

namespace troupe::smtp {

/// All lines with code and enhanced code (RFC 2034 §4), CRLF between them but not at the end.
[[nodiscard]] std::string reply_text(const reply& answer);

} // namespace troupe::smtp
