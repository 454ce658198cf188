// How sessions with the hosts of each domain fared with TLS in one period, as RFC 8460 wants
// it told to the domain: counted here, written as a report by tls_report.hpp.

#pragma once

#include "actors/policy/tls_need.hpp"
#include "net/core/time.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace troupe::policy {

/// RFC 8460 §4.3.
enum class tls_result : std::uint8_t {
  succeeded,
  starttls_not_supported,
  certificate_host_mismatch,
  certificate_expired,
  certificate_not_trusted,
  validation_failure,
  tlsa_invalid,
  dnssec_invalid,
};

/// "starttls-not-supported".
[[nodiscard]] std::string_view to_string(tls_result result) noexcept;

/// What a failed handshake was, by what OpenSSL says of it; validation_failure in doubt.
[[nodiscard]] tls_result result_of_failure(std::string_view why, const tls_need& need) noexcept;

/// One session, or that none was dared.
struct tls_try {
  std::string domain; ///< Whose mail it was for.
  tls_source source = tls_source::rule;
  tls_result result = tls_result::succeeded;
  std::string host;
  std::string address; ///< Or empty.
};

inline constexpr std::size_t tls_domains_max = 10'000;
/// Kinds of failure of one domain; more are counted in the sum only.
inline constexpr std::size_t tls_failures_max = 100;

class tls_tally {
public:
  struct failure {
    tls_result result = tls_result::validation_failure;
    std::string host;
    std::string address;

    friend auto operator<=>(const failure&, const failure&) = default;
  };
  struct page {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::map<failure, std::uint64_t> failures;
  };
  using pages = std::map<tls_source, page>;

  explicit tls_tally(std::size_t domains_max = tls_domains_max) : domains_max_(domains_max) {}

  void add(const tls_try& one);

  [[nodiscard]] const std::map<std::string, pages>& domains() const noexcept { return domains_; }
  void clear() { domains_.clear(); }

private:
  std::size_t domains_max_;
  std::map<std::string, pages> domains_;
};

} // namespace troupe::policy
