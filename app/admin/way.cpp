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

/// What the domain says about its hosts' certificates, as the SWITCHBOARD asks it.
void ask_policy(node& house, way& found, steady_time deadline) {
  const auto terms = house.current_rules().outbound.sts;
  if (!terms || found.hop.kind != policy::next_hop_kind::mx || !found.plan->has_hosts()
      || found.hop.host.starts_with('[') || found.hop.terms->tls == policy::tls_policy::off)
    return;
  const auto said = ask<actors::sts_policy_found>(house.system(), house.home(), house.sts_keeper(),
                                                  actors::find_sts_policy{found.plan->domain, terms})
                      .await(deadline);
  if (said)
    found.sts = said->policy;
  else
    found.sts_silence = said.error().detail;
}

/// What each host has to prove, in the order of the plan.
json tls_json(const way& x) {
  json hosts = json::array();
  for (const auto& each : x.plan->hosts) {
    const auto need = actors::find_tls_need(x.hop, *x.plan, x.sts.get(), each.name);
    hosts.push_back({{"host", each.name}, {"level", policy::to_string(need.level)}, {"why", need.why}});
  }
  return hosts;
}

std::string rule_words(const policy::next_hop& hop) {
  if (hop.rule > 0)
    return "rule " + std::to_string(hop.rule) + " of [[route]]";
  return hop.kind == policy::next_hop_kind::mx ? "no rule matches: by MX" : "a [[domain]] of ours";
}

json plan_json(const dns::mail_plan& plan) {
  json out{{"domain", plan.domain}, {"valid_seconds", plan.valid_for.count()}, {"implicit_mx", plan.implicit_mx},
           {"secure", plan.secure}};
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
  found.plan = *std::move(plan);
  ask_policy(house, found, deadline);
  if (found.plan->has_hosts())
    found.route = actors::route_name(found.hop, *found.plan, found.sts.get());
  else
    found.route.clear();
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
  if (x.plan && x.plan->has_hosts())
    out["tls"] = tls_json(x);
  if (x.sts)
    out["mta_sts"] = {{"mode", policy::to_string(x.sts->mode)}, {"mx", x.sts->mx}};
  else if (!x.sts_silence.empty())
    out["mta_sts"] = {{"silent", x.sts_silence}};
  return out;
}

} // namespace troupe::app
