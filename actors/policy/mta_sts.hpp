// MTA-STS (RFC 8461): a domain says by HTTPS which hosts take its mail and that they have
// certificates in their names. Parsers for its TXT record and its policy, and what a
// policy says about a host.

#pragma once

#include "net/core/result.hpp"
#include "net/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::policy {

enum class sts_mode : std::uint8_t { none, testing, enforce };

[[nodiscard]] std::string_view to_string(sts_mode mode) noexcept;

struct sts_policy {
  sts_mode mode = sts_mode::none;
  seconds max_age{0};
  std::vector<std::string> mx; ///< Lower case: "mx.example.org", "*.example.net".

  friend bool operator==(const sts_policy&, const sts_policy&) = default;
};

/// §3.2: more is no policy.
inline constexpr std::size_t sts_policy_bytes_max = 64 * 1024;
inline constexpr std::size_t sts_mx_max = 64;
inline constexpr std::size_t sts_id_bytes_max = 32;
/// §3.2: about a year.
inline constexpr seconds sts_max_age_max{31'557'600};

/// The id of the one record among the texts of _mta-sts.DOMAIN that begins with
/// "v=STSv1;" (§3.1). Nothing where there is none, more than one, or it is malformed: then
/// the domain has no policy.
[[nodiscard]] std::optional<std::string> read_sts_id(std::span<const std::string> texts);

/// §3.2. Fails with malformed or limit_exceeded; detail names the field. What is unknown is
/// passed over.
[[nodiscard]] result<sts_policy> parse_sts_policy(std::string_view text);

/// §4.1: a wildcard stands for exactly one label. @pre `host` is a domain key
[[nodiscard]] bool lists_host(const sts_policy& policy, std::string_view host) noexcept;

/// "mta-sts.example.org": where the policy of example.org lies.
[[nodiscard]] std::string sts_host(std::string_view domain);
inline constexpr std::string_view sts_path = "/.well-known/mta-sts.txt";

} // namespace troupe::policy
