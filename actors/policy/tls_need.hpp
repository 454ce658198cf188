// How well a host must prove itself before it gets a letter: what the rule, the DNS (DANE)
// and the domain's own policy (MTA-STS) ask for together, as one value with its reason.
//
//   rule       DANE: usable   DANE: unusable   DANE: failed   none, MTA-STS enforces   none
//   off        no TLS         no TLS           no TLS         no TLS                   no TLS
//   may        DANE           encryption       not now        certificate, listed      try TLS
//   required   DANE           encryption       not now        certificate, listed      encryption
//   dane       DANE           not now          not now        not now                  not now
//   verified   DANE           certificate      certificate    certificate, listed      certificate
//
// DANE goes before MTA-STS (RFC 8461 §2). "Not now" passes over the host; the letter waits
// if no other is left.
//
// A letter may wish otherwise (RFC 8689). With TLS-Required: No the columns of DANE and MTA-STS
// do not count. With REQUIRETLS a host must prove its name, and somebody must have vouched for
// that name: DANE, MTA-STS, DNSSEC or the rule; and it must pass the wish on. If not, the letter
// goes back, but for what may pass ("DANE: failed").

#pragma once

#include "actors/policy/mta_sts.hpp"
#include "actors/policy/routing.hpp"
#include "net/core/dane.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

enum class tls_level : std::uint8_t {
  none,        ///< Plaintext, whatever is offered.
  may,         ///< TLS if it can be had, plaintext if not.
  encrypted,   ///< TLS, whoever it is with.
  certificate, ///< TLS with a certificate that a CA vouches for, in one of `names`.
  dane,        ///< TLS with a certificate that the DNS vouches for.
  not_now,     ///< The host must not be used: `why` says why.
};

/// "none", "may", "encrypted", "certificate", "dane", "not_now".
[[nodiscard]] std::string_view to_string(tls_level level) noexcept;

/// What the level came from; of a TLS-RPT report the policy-type (RFC 8460 §4.4).
enum class tls_source : std::uint8_t { rule, dane, mta_sts };

struct tls_need {
  tls_level level = tls_level::none;
  tls_source source = tls_source::rule;
  std::string why;                ///< "the rule says may", "DANE: TLSA records of mx.test".
  std::vector<std::string> names; ///< That the certificate may bear; the first goes into SNI.
  std::vector<tlsa_record> records;
  /// Of `may`: look at the certificate for `names` all the same, and only report on it
  /// (MTA-STS in testing mode).
  bool only_tests = false;
  bool requiretls = false; ///< Of dane and certificate: it must offer REQUIRETLS too.
  bool for_good = false;   ///< Of not_now: waiting does not help.
  bool listed = true;  ///< Of a test: the policy has the host.
  std::string domain;  ///< Whom a report about it would go to; empty: nobody.

  friend bool operator==(const tls_need&, const tls_need&) = default;
};

/// What is known about one host when it is about to be dialled.
struct tls_facts {
  tls_policy rule = tls_policy::may;
  std::string_view host;   ///< As a domain key; an address for one that has no name.
  std::string_view domain; ///< Whose mail it is; the policy's.
  const dane_facts* dane = nullptr;    ///< Null where none was asked for.
  const sts_policy* policy = nullptr;  ///< In force, or null.
  tls_wish wish = tls_wish::none;      ///< Of the letter.
  bool name_is_sure = false;           ///< Nobody else could have named this host.
};

[[nodiscard]] tls_need choose_tls(const tls_facts& facts);

/// True where a host may have plaintext instead, when TLS with it goes wrong.
[[nodiscard]] constexpr bool may_be_plain(const tls_need& need) noexcept {
  return need.level == tls_level::none || need.level == tls_level::may;
}

/// What RFC 8689 asks of a letter that is not to travel without: at least a certificate.
[[nodiscard]] constexpr bool is_verified(const tls_need& need) noexcept {
  return need.level == tls_level::certificate || need.level == tls_level::dane;
}

} // namespace troupe::policy
