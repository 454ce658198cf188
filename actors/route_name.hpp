// What a ROUTE is called, and what its hosts must prove: shared by those who make routes
// and those who explain them.

#pragma once

#include "actors/policy/mta_sts.hpp"
#include "actors/policy/routing.hpp"
#include "actors/policy/tls_need.hpp"
#include "net/dns/mail_route.hpp"

#include <string>

namespace troupe::actors {

/// Domains with the same MX hosts share a route, unless rules with other terms led there,
/// or another proof is asked of the hosts: then marks stand behind the site ("~dane",
/// "~sts", "~sts:example.org", "~2", "+requiretls").
/// @param sts the domain's policy in force, or null
[[nodiscard]] std::string route_name(const policy::next_hop& hop, const dns::mail_plan& plan,
                                     const policy::sts_policy* sts);

/// What is asked of one host of the plan.
[[nodiscard]] policy::tls_need find_tls_need(const policy::next_hop& hop,
                                             const dns::mail_plan& plan,
                                             const policy::sts_policy* sts,
                                             const std::string& host);

} // namespace troupe::actors
