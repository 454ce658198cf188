#include "actors/policy/helo_rules.hpp"

#include "net/core/mailbox.hpp"

#include <algorithm>

namespace troupe::policy {

helo_verdict check_helo(const helo_rules& rules, std::string_view name) {
  if (rules.refuse_own_name) {
    const auto literal = parse_ip_literal(name);
    const auto& ours = rules.own_addresses;
    if (domain_key(name) == rules.own_name || (literal && std::find(ours.begin(), ours.end(), *literal) != ours.end()))
      return helo_verdict::own_name;
  }
  const bool bare = parse_ip_address(name).ok();
  if (rules.refuse_bare_ip && bare)
    return helo_verdict::bare_ip;
  const bool full = is_domain(name) && name.find('.') != name.npos && !bare;
  if (rules.refuse_no_domain && !full && !is_address_literal(name))
    return helo_verdict::no_domain;
  return helo_verdict::fine;
}

} // namespace troupe::policy
