#include "actors/policy/tls_need.hpp"

namespace troupe::policy {

namespace {

tls_need by_rule(const tls_facts& facts, tls_level level) {
  tls_need need;
  need.level = level;
  need.why = "the rule says " + std::string{to_string(facts.rule)};
  need.names.emplace_back(facts.host);
  return need;
}

tls_need by_dane(const tls_facts& facts, tls_level level, std::string_view what) {
  tls_need need;
  need.level = level;
  need.source = tls_source::dane;
  need.why.append("DANE: ").append(what).append(" of ").append(facts.host);
  // RFC 7672 §3.2.2: usage 2 wants a name too, of the host or of the domain.
  if (!facts.dane->base.empty() && facts.dane->base != facts.host)
    need.names.push_back(facts.dane->base);
  need.names.emplace_back(facts.host);
  if (!facts.domain.empty() && facts.domain != facts.host)
    need.names.emplace_back(facts.domain);
  return need;
}

/// Nothing where DANE has no say.
std::optional<tls_need> ask_dane(const tls_facts& facts) {
  const bool by_ca_else = facts.rule == tls_policy::verified;
  switch (facts.dane == nullptr ? dane_state::none : facts.dane->state) {
    case dane_state::none: break;
    case dane_state::usable: {
      auto need = by_dane(facts, tls_level::dane, "TLSA records");
      need.records = facts.dane->records;
      return need;
    }
    case dane_state::unusable:
      if (by_ca_else)
        break;
      return by_dane(facts,
                     facts.rule == tls_policy::dane ? tls_level::not_now : tls_level::encrypted,
                     "only unusable TLSA records");
    case dane_state::failed:
      if (by_ca_else)
        break;
      return by_dane(facts, tls_level::not_now, "no answer about TLSA records");
  }
  if (facts.rule == tls_policy::dane) {
    auto need = by_rule(facts, tls_level::not_now);
    need.why += ", and " + std::string{facts.host} + " has no TLSA record that DNSSEC vouches for";
    return need;
  }
  return std::nullopt;
}

/// What a policy says of the host, without the level.
tls_need by_sts(const tls_facts& facts) {
  tls_need need;
  need.source = tls_source::mta_sts;
  need.why.append("MTA-STS: ").append(facts.domain).append(" says ");
  need.why += to_string(facts.policy->mode);
  need.names.emplace_back(facts.host);
  need.listed = lists_host(*facts.policy, facts.host);
  if (!need.listed)
    need.why.append(", and does not list ").append(facts.host);
  return need;
}

std::optional<tls_need> ask_sts(const tls_facts& facts) {
  if (facts.policy == nullptr || facts.policy->mode == sts_mode::none)
    return std::nullopt;
  auto need = by_sts(facts);
  if (facts.policy->mode == sts_mode::enforce) {
    need.level = need.listed ? tls_level::certificate : tls_level::not_now;
    return need;
  }
  // A test must not weaken what the rule asks for.
  if (facts.rule != tls_policy::may)
    return std::nullopt;
  need.level = tls_level::may;
  need.only_tests = true;
  return need;
}

tls_need refuse_for_good(const tls_facts& facts, std::string why) {
  auto need = by_rule(facts, tls_level::not_now);
  need.why = std::move(why);
  need.for_good = true;
  return need;
}

/// RFC 8689 §4.2.1.
tls_need choose_for_requiretls(const tls_facts& facts) {
  if (facts.rule == tls_policy::off)
    return refuse_for_good(facts, "REQUIRETLS, and the rule says off");
  if (auto need = ask_dane(facts); need && need->level != tls_level::encrypted) {
    need->requiretls = true;
    return *std::move(need);
  }
  if (facts.policy != nullptr && facts.policy->mode != sts_mode::none) {
    auto need = by_sts(facts);
    need.level = need.listed ? tls_level::certificate : tls_level::not_now;
    need.requiretls = true;
    need.for_good = !need.listed;
    return need;
  }
  if (!facts.name_is_sure && facts.rule != tls_policy::verified)
    return refuse_for_good(facts, "REQUIRETLS, and nobody vouches for " + std::string{facts.host});
  auto need = by_rule(facts, tls_level::certificate);
  need.why = "REQUIRETLS";
  need.requiretls = true;
  return need;
}

} // namespace

std::string_view to_string(tls_level level) noexcept {
  switch (level) {
    case tls_level::none: return "none";
    case tls_level::may: return "may";
    case tls_level::encrypted: return "encrypted";
    case tls_level::certificate: return "certificate";
    case tls_level::dane: return "dane";
    case tls_level::not_now: return "not_now";
  }
  return "";
}

tls_need choose_tls(const tls_facts& facts) {
  if (facts.wish == tls_wish::required)
    return choose_for_requiretls(facts);
  if (facts.rule == tls_policy::off)
    return by_rule(facts, tls_level::none);
  if (facts.wish == tls_wish::optional) {
    auto need = by_rule(facts, tls_level::may);
    need.why = "TLS-Required: No";
    return need;
  }
  if (auto need = ask_dane(facts))
    return *std::move(need);
  if (auto need = ask_sts(facts))
    return *std::move(need);
  switch (facts.rule) {
    case tls_policy::off:
    case tls_policy::may: return by_rule(facts, tls_level::may);
    case tls_policy::required: return by_rule(facts, tls_level::encrypted);
    case tls_policy::dane:
    case tls_policy::verified: break;
  }
  return by_rule(facts, tls_level::certificate);
}

} // namespace troupe::policy
