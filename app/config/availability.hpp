// What the configuration promises and this version can't do yet. Such a key is
// refused: an operator who asks for TLS must not get none in silence.

#pragma once

#include <string_view>

namespace troupe::app {

/// True if the value may be used. Values come as the file spells them, without
/// quotes; a key's default always may.
/// @param key without indices: "listener.tls"; a table's own name means its presence
[[nodiscard]] bool is_available(std::string_view key, std::string_view value);

} // namespace troupe::app
