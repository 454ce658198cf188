// What a peer may call itself in HELO, EHLO and LHLO.

#pragma once

#include "net/core/address_text.hpp"
#include "net/core/mailbox.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::smtp {

/// RFC 5321 §4.1.4 wants nobody turned away for a wrong name, and hosts with an
/// underscore in theirs are many. But it goes into a Received field, so not anything.
[[nodiscard]] inline bool is_peer_name(std::string_view text) {
  return is_address_literal(text)
         || (!text.empty() && text.size() <= domain_bytes_max
             && std::all_of(text.begin(), text.end(), [](char c) {
                  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
                }));
}

} // namespace troupe::smtp
