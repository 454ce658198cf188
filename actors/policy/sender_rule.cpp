#include "actors/policy/sender_rule.hpp"

#include "actors/policy/plain_text.hpp"
#include "net/core/address_text.hpp"
#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

std::string folded(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return to_lower(c); });
  return text;
}

std::string address_key(const mailbox& who) { return folded(who.local) + '@' + domain_key(who.domain); }

} // namespace

result<sender_rule> sender_rule::make(const std::vector<sender_grant>& grants,
                                      std::shared_ptr<const local_domains> local) {
  TROUPE_EXPECT(local != nullptr);
  sender_rule made;
  made.local_ = std::move(local);
  for (const auto& each : grants) {
    auto& to = made.granted_[each.user];
    for (const auto& address : each.addresses) {
      if (address == "*") {
        to.all = true;
      } else if (address.starts_with('@') && is_domain(address.substr(1), utf8::allowed)) {
        to.domains.insert(domain_key(address.substr(1)));
      } else if (const auto parsed = parse_mailbox(address, utf8::allowed)) {
        to.addresses.insert(address_key(*parsed));
      } else {
        return error{errc::malformed, "\"" + address + "\" is no address, no \"@domain\" and not \"*\""};
      }
    }
  }
  return made;
}

bool sender_rule::may_send(std::string_view user, const mailbox& from) const {
  if (from.is_null())
    return true;
  if (user.find('@') != user.npos) {
    if (const auto own = parse_mailbox(user, utf8::allowed); own && address_key(*own) == address_key(from))
      return true;
  } else if (equal_without_case(from.local, user)) {
    const auto standing = local_->look_up(from);
    if (standing == local_domains::standing::user || standing == local_domains::standing::alias)
      return true;
  }
  const auto known = granted_.find(user);
  return known != granted_.end()
         && (known->second.all || known->second.addresses.contains(address_key(from))
             || known->second.domains.contains(domain_key(from.domain)));
}

} // namespace troupe::policy
