#include "app/admin/way.hpp"

#include "actors/route_name.hpp"
#include "app/admin/ask.hpp"

namespace troupe::app {

namespace {

result<dns::mail_plan> ask_dns(node& house, const policy::next_hop& hop, steady_time deadline) {
  actors::submit<actors::find_hosts> question;
  question.job = actors::question_for(hop, house.current_rules().outbound.mx_port);
  question.priority = priority_class::high;
  question.wait = house.configuration().pool.dns.timeout;
  auto found = ask<actors::hosts_found>(house.system(), house.home(), house.dns(),
                                        std::move(question))
                 .await(deadline);
  if (!found)
    return found.error();
  return std::move(found->plan);
}

std::string rule_words(const policy::next_hop& hop) {
  if (hop.rule > 0)
    return "rule " + std::to_string(hop.rule) + " of [[route]]";
  return hop.kind == policy::next_hop_kind::mx ? "no rule matches: by MX" : "a [[domain]] of ours";
}

json plan_json(const dns::mail_plan& plan) {
  json out{{"domain", plan.domain}, {"valid_seconds", plan.valid_for.count()}, {"implicit_mx", plan.implicit_mx}};
  if (!plan.has_hosts()) {
    out["refusal"] = to_string(plan.refusal);
    return out;
  }
  auto& hosts = out["hosts"] = json::array();
  for (const auto& each : plan.hosts) {
    json addresses = json::array();
    for (const auto& at : each.addresses)
      addresses.push_back(to_string(at));
    hosts.push_back(
      {{"preference", each.preference}, {"name", each.name}, {"addresses", std::move(addresses)}});
  }
  return out;
}

} // namespace

way find_way(node& house, const mailbox& to, steady_time deadline) {
  way found{.to = to, .hop = house.current_rules().routing->find_next_hop(to)};
  found.asks_dns = actors::asks_dns(found.hop);
  found.route = found.hop.kind == policy::next_hop_kind::fail || found.hop.kind == policy::next_hop_kind::hold
                  ? std::string{}
                  : found.hop.key;
  if (!found.asks_dns)
    return found;
  auto plan = ask_dns(house, found.hop, deadline);
  if (!plan) {
    found.silence = plan.error().detail;
    return found;
  }
  found.route = plan->has_hosts() ? actors::route_name(found.hop, *plan) : std::string{};
  found.plan = *std::move(plan);
  return found;
}

json way_json(const way& x) {
  json out{{"address", to_string(x.to)},
           {"rule", x.hop.rule},
           {"rule_words", rule_words(x.hop)},
           {"kind", policy::to_string(x.hop.kind)},
           {"next_hop", x.hop.key}};
  if (!x.hop.path.empty())
    out["path"] = x.hop.path;
  if (x.hop.kind == policy::next_hop_kind::fail)
    out["reply"] = to_string(policy::fail_reply(x.hop));
  if (!x.route.empty())
    out["route"] = x.route;
  const auto& terms = *x.hop.terms;
  out["terms"] = {{"connections", terms.connections_max},
                  {"messages_per_connection", terms.messages_per_connection},
                  {"tls", policy::to_string(terms.tls)}};
  if (terms.deliveries)
    out["terms"]["rate"]
      = std::to_string(terms.deliveries->count) + '/' + std::to_string(terms.deliveries->per.count()) + 's';
  if (x.plan)
    out["dns"] = plan_json(*x.plan);
  else if (x.asks_dns)
    out["dns"] = {{"silent", x.silence}};
  return out;
}

} // namespace troupe::app
