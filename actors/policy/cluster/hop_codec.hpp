// What GOVERNORs say to each other, as bytes for the channel `limits`. The first byte is
// the version and the kind; what a peer says is bounded, whatever it claims.

#pragma once

#include "actors/policy/cluster/hop_words.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace troupe::policy {

/// The request and the terms of the hop, which its owner may never have had mail for.
struct hop_request {
  ask_loan ask;
  unsigned sessions = 0;
  breaker_options breaker;
};

using hop_word = std::variant<hop_request, loan>;

[[nodiscard]] std::string encode(const hop_request& x);
[[nodiscard]] std::string encode(const loan& x);
/// Fails with malformed. The terms of the breaker have passed `check`.
[[nodiscard]] result<hop_word> decode_hop_word(std::string_view bytes);

inline constexpr unsigned hop_sessions_max = 1'000'000;

} // namespace troupe::policy
