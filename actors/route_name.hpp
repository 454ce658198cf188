// The name of the ROUTE that leads to a next hop.

#pragma once

#include "actors/policy/routing.hpp"
#include "net/dns/mail_route.hpp"

#include <string>

namespace troupe::actors {

/// Domains that share their MX hosts share a route, unless their rules' terms differ.
/// `plan` matters for a hop of kind mx only, and has hosts then.
[[nodiscard]] std::string route_name(const policy::next_hop& hop, const dns::mail_plan& plan);

} // namespace troupe::actors
