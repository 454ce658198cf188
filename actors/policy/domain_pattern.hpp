// Patterns for domains, "relay.test", "*.relay.test" and "*", found by hash: the
// price of a look-up depends on the labels of the domain, not on the patterns.

#pragma once

#include "net/core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::policy {

/// Maps patterns to numbers; where several match, the lowest number wins.
/// "*.relay.test" matches what is below relay.test, at any depth, not itself.
class domain_pattern_index {
public:
  /// Fails with malformed. A pattern that is there already keeps the lower number.
  [[nodiscard]] status add(std::string_view pattern, std::uint32_t number);

  /// Any spelling of a domain; an address literal is matched by itself and by "*".
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view domain) const;

private:
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using pattern_map = std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>>;

  pattern_map exact_; ///< "relay.test"
  pattern_map below_; ///< "relay.test" for "*.relay.test"
  std::optional<std::uint32_t> any_;
};

} // namespace troupe::policy
