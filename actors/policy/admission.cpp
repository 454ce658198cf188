#include "actors/policy/admission.hpp"

#include "actors/policy/plain_text.hpp"
#include "net/core/expect.hpp"

#include <algorithm>

namespace troupe::policy {

namespace {

recipient_verdict refuse(int code, const char* enhanced, const char* text) {
  return {recipient_place::refused, {}, {code, enhanced, {text}}};
}

recipient_verdict nobody() {
  return refuse(550, "5.1.1", "No such user here");
}

recipient_verdict routed_local_part() {
  return refuse(550, "5.7.1", "No route in a local part is followed here");
}

} // namespace

result<admission> admission::make(const relay_options& options,
                                  std::shared_ptr<const local_domains> local) {
  TROUPE_EXPECT(local != nullptr);
  admission made;
  made.networks_ = options.networks;
  made.own_addresses_ = options.own_addresses;
  made.local_ = std::move(local);
  for (const auto& domain : options.domains)
    if (const auto added = made.relay_domains_.add(domain, 0); !added)
      return added.error();
  return made;
}

bool admission::may_relay(const peer_standing& peer) const noexcept {
  return peer.authenticated
         || std::any_of(networks_.begin(), networks_.end(),
                        [&peer](const ip_network& each) { return each.contains(peer.address); });
}

mailbox admission::at_home(const mailbox& to) const {
  if (to.domain.empty() && equal_without_case(to.local, "postmaster"))
    return {to.local, local_->home()};
  if (to.is_literal())
    if (const auto address = parse_ip_literal(to.domain);
        address
        && std::find(own_addresses_.begin(), own_addresses_.end(), *address)
             != own_addresses_.end())
      return {to.local, local_->home()};
  return to;
}

recipient_verdict admission::check_recipient(const peer_standing& peer,
                                             const mailbox& given) const {
  auto to = at_home(given);
  if (to.domain.empty() || to.local.empty())
    return nobody();
  switch (local_->look_up(to)) {
    case local_domains::standing::user:
    case local_domains::standing::alias: return {recipient_place::local, std::move(to), {}};
    case local_domains::standing::unknown: return nobody();
    case local_domains::standing::suspect: return routed_local_part();
    case local_domains::standing::not_local: break;
  }
  if (may_relay(peer))
    return {recipient_place::relay, std::move(to), {}};
  if (!relay_domains_.find_key(domain_key(to.domain)))
    return refuse(550, "5.7.1", "Relay access denied"); // RFC 5321 §3.6.2
  // The host behind us trusts us: it might follow a route that it would refuse a stranger.
  if (to.local.find_first_of("%!@") != to.local.npos)
    return routed_local_part();
  return {recipient_place::relay, std::move(to), {}};
}

} // namespace troupe::policy
