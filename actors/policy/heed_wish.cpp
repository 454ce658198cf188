#include "actors/policy/routing.hpp"

#include "net/core/ip_address.hpp"

namespace troupe::policy {

namespace {

/// Nothing of it is on a wire that others could tap.
bool is_of_this_machine(const next_hop& hop) {
  const auto address = parse_ip_address(hop.host);
  return hop.host == "localhost" || (address && address->is_loopback());
}

bool matters(const next_hop& hop, tls_wish wish, const mailbox& sender) {
  const bool travels = hop.kind == next_hop_kind::mx || hop.kind == next_hop_kind::smtp_host
                       || (hop.kind == next_hop_kind::lmtp_host && !is_of_this_machine(hop));
  switch (wish) {
    case tls_wish::none: return false;
    case tls_wish::required: return travels && !sender.is_null();
    case tls_wish::optional: return travels && hop.terms->tls == tls_policy::may;
  }
  return false;
}

} // namespace

next_hop heed_wish(next_hop hop, tls_wish wish, const mailbox& sender) {
  if (!matters(hop, wish, sender))
    return hop;
  hop.wish = wish;
  hop.key += wish_mark(wish);
  return hop;
}

std::string_view wish_mark(tls_wish wish) noexcept {
  switch (wish) {
    case tls_wish::none: return "";
    case tls_wish::required: return "+requiretls";
    case tls_wish::optional: return "+tls-optional";
  }
  return "";
}

} // namespace troupe::policy
