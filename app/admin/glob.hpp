// Patterns for addresses on the operator's command line: "*@example.org", "r?@*".

#pragma once

#include <string_view>

namespace troupe::app {

/// '*' stands for any text, '?' for one byte, everything else for itself; the case of
/// ASCII letters means nothing. Takes at most pattern.size() * text.size() steps.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

} // namespace troupe::app
