// Patterns for domains, "relay.test", "*.relay.test" and "*", found by hash: the
// price of a look-up depends on the labels of the domain, not on the patterns.

#pragma once

#include "actors/policy/text_map.hpp"
#include "net/core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::policy {

/// Maps patterns to numbers; where several match, the lowest number wins.
/// "*.relay.test" matches what is below relay.test, at any depth, not itself.
class domain_pattern_index {
public:
  /// Fails with malformed. A pattern that is there already keeps the lower number.
  [[nodiscard]] status add(std::string_view pattern, std::uint32_t number);

  /// An address literal is matched by itself and by "*".
  /// @param key of a domain, as domain_key makes it
  [[nodiscard]] std::optional<std::uint32_t> find_key(std::string_view key) const;

private:
  using pattern_map = text_map<std::uint32_t>;

  pattern_map exact_; ///< "relay.test"
  pattern_map below_; ///< "relay.test" for "*.relay.test"
  std::optional<std::uint32_t> any_;
};

} // namespace troupe::policy
