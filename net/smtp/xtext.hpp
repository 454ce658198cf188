// xtext (RFC 3461 §4): any text as printable ASCII without spaces, "+" and "=".

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::smtp {

/// "+2B" becomes "+". Nothing when `text` is no xtext.
[[nodiscard]] std::optional<std::string> decode_xtext(std::string_view text);

} // namespace troupe::smtp
