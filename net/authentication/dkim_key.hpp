// The key that a signature's domain publishes (RFC 6376 §3.6.1).

#pragma once

#include "net/authentication/crypto.hpp"
#include "net/authentication/dns_book.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::authentication {

struct dkim_key {
  public_key key;
  bool strict_identity = false; ///< t=s: i= must be d= itself.
  bool testing = false;         ///< t=y
};

/// Fails with malformed, refused (revoked, or not for mail or SHA-256) or limit_exceeded.
[[nodiscard]] result<dkim_key> parse_key_record(std::string_view text, key_kind wanted);

/// The one record that is a key; of several, which §3.6.2.2 leaves open, the first.
/// Fails as above, with not_found, or with timed_out where the DNS failed.
[[nodiscard]] result<dkim_key> key_from(const dns_answer& answer, key_kind wanted);

/// "selector._domainkey.domain".
[[nodiscard]] std::string key_name(std::string_view selector, std::string_view domain);

} // namespace troupe::authentication
