#include "actors/policy/tls_tally.hpp"

namespace troupe::policy {

std::string_view to_string(tls_result result) noexcept {
  switch (result) {
    case tls_result::succeeded: return "succeeded";
    case tls_result::starttls_not_supported: return "starttls-not-supported";
    case tls_result::certificate_host_mismatch: return "certificate-host-mismatch";
    case tls_result::certificate_expired: return "certificate-expired";
    case tls_result::certificate_not_trusted: return "certificate-not-trusted";
    case tls_result::validation_failure: return "validation-failure";
    case tls_result::tlsa_invalid: return "tlsa-invalid";
    case tls_result::dnssec_invalid: return "dnssec-invalid";
  }
  return "";
}

tls_result result_of_failure(std::string_view why, const tls_need& need) noexcept {
  const auto says = [&](std::string_view words) { return why.find(words) != why.npos; };
  if (need.level == tls_level::not_now)
    return need.source == tls_source::dane ? tls_result::dnssec_invalid
                                           : tls_result::validation_failure;
  if (says("mismatch"))
    return tls_result::certificate_host_mismatch;
  if (says("expired") || says("not yet valid"))
    return tls_result::certificate_expired;
  if (says("self-signed") || says("self signed") || says("issuer certificate")
      || says("first certificate") || says("untrusted") || says("revoked"))
    return tls_result::certificate_not_trusted;
  if (says("TLSA"))
    return tls_result::tlsa_invalid;
  return tls_result::validation_failure;
}

void tls_tally::add(const tls_try& one) {
  if (domains_.size() >= domains_max_ && !domains_.contains(one.domain))
    return;
  auto& counted = domains_[one.domain][one.source];
  if (one.result == tls_result::succeeded) {
    ++counted.succeeded;
    return;
  }
  ++counted.failed;
  failure kind{one.result, one.host, one.address};
  if (const auto known = counted.failures.find(kind); known != counted.failures.end())
    ++known->second;
  else if (counted.failures.size() < tls_failures_max)
    counted.failures.emplace(std::move(kind), 1);
}

} // namespace troupe::policy
