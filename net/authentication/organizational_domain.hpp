// Which domain the owner of a name registered (RFC 7489 §3.2), by the public suffix list
// that libpsl brings: "a.b.example.co.uk" belongs to "example.co.uk".

#pragma once

#include <string>
#include <string_view>

namespace troupe::authentication {

/// Lower case in, lower case out. A public suffix itself, or what has none, is its own.
[[nodiscard]] std::string organizational_domain(std::string_view domain);

} // namespace troupe::authentication
