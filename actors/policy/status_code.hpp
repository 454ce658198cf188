// Enhanced status codes (RFC 3463) of replies that may have none, or a wrong one.

#pragma once

#include "net/core/reply.hpp"

#include <string>
#include <string_view>

namespace troupe::policy {

/// True for "5.1.1" when `first` is '5': class, then two numbers of at most three digits.
[[nodiscard]] bool is_enhanced_code(std::string_view text, char first) noexcept;

/// The reply's enhanced code where it is one of that class, else "5.0.0" and the like.
/// @param first '2', '4' or '5': what became of the recipient
[[nodiscard]] std::string status_code(const reply& answer, char first);

} // namespace troupe::policy
