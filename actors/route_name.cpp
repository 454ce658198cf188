#include "actors/route_name.hpp"

#include <algorithm>

namespace troupe::actors {

namespace {

// Domains whose hosts are the same share a route, and so its sessions: only if they ask for
// the same proof of each host.
std::string proof_mark(const dns::mail_plan& plan, const policy::sts_policy* sts) {
  const auto& hosts = plan.hosts;
  std::string mark;
  if (std::any_of(hosts.begin(), hosts.end(),
                  [](const auto& x) { return x.dane.state != dane_state::none; }))
    mark += "~dane";
  if (sts == nullptr || sts->mode == policy::sts_mode::none)
    return mark;
  mark += "~sts";
  const bool lists_all = std::all_of(hosts.begin(), hosts.end(),
                                     [&](const auto& x) { return lists_host(*sts, x.name); });
  if (sts->mode != policy::sts_mode::enforce || !lists_all)
    mark += ':' + plan.domain;
  return mark;
}

// RFC 8689 §4.2.1: of a host that stands in an MX record somebody must vouch for its name.
bool is_sure_of(const policy::next_hop& hop, const dns::mail_plan& plan, const std::string& host) {
  return hop.kind != policy::next_hop_kind::mx || plan.secure || host == plan.domain;
}

std::string_view sureness_mark(const dns::mail_plan& plan) {
  return plan.secure ? "~secure" : plan.implicit_mx ? "~own" : "";
}

} // namespace

std::string route_name(const policy::next_hop& hop, const dns::mail_plan& plan,
                       const policy::sts_policy* sts) {
  if (hop.kind != policy::next_hop_kind::mx)
    return hop.key;
  auto name = plan.site;
  if (hop.terms->tls != policy::tls_policy::off)
    name += proof_mark(plan, sts);
  if (hop.wish == tls_wish::required)
    name += sureness_mark(plan);
  const auto mark = hop.key.rfind('~');
  if (mark != std::string::npos)
    return name + hop.key.substr(mark);
  name += policy::wish_mark(hop.wish);
  return name;
}

policy::tls_need find_tls_need(const policy::next_hop& hop, const dns::mail_plan& plan,
                               const policy::sts_policy* sts, const std::string& host) {
  policy::tls_facts facts;
  facts.rule = hop.terms->tls;
  facts.host = host;
  facts.domain = plan.domain;
  facts.policy = sts;
  facts.wish = hop.wish;
  facts.name_is_sure = is_sure_of(hop, plan, host);
  const auto known = std::find_if(plan.hosts.begin(), plan.hosts.end(),
                                  [&](const auto& x) { return x.name == host; });
  if (known != plan.hosts.end())
    facts.dane = &known->dane;
  auto need = policy::choose_tls(facts);
  // Of the domain's own wishes nothing was tried where the letter goes without.
  if (hop.wish != tls_wish::optional && hop.kind == policy::next_hop_kind::mx && dns::is_host_name(plan.domain))
    need.domain = plan.domain;
  return need;
}

} // namespace troupe::actors
