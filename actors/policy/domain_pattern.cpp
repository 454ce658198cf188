#include "actors/policy/domain_pattern.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::policy {

status domain_pattern_index::add(std::string_view pattern, std::uint32_t number) {
  if (pattern == "*") {
    any_ = std::min(any_.value_or(number), number);
    return {};
  }
  const bool below = pattern.starts_with("*.");
  const auto domain = below ? pattern.substr(2) : pattern;
  if (!is_domain(domain, utf8::allowed) && (below || !is_address_literal(domain)))
    return error{errc::malformed, "no domain pattern: " + std::string{pattern.substr(0, 256)}};
  const auto [place, fresh] = (below ? below_ : exact_).emplace(domain_key(domain), number);
  if (!fresh)
    place->second = std::min(place->second, number);
  return {};
}

std::optional<std::uint32_t> domain_pattern_index::find_key(std::string_view key) const {
  auto best = any_;
  const auto consider = [&best](const pattern_map& patterns, std::string_view name) {
    if (const auto found = patterns.find(name); found != patterns.end())
      best = std::min(best.value_or(found->second), found->second);
  };
  consider(exact_, key);
  if (below_.empty() || key.starts_with('['))
    return best;
  for (auto dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1))
    consider(below_, key.substr(dot + 1));
  return best;
}

} // namespace troupe::policy
