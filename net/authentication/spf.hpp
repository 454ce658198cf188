// Evaluates SPF (RFC 7208): may this client send mail under that name?

#pragma once

#include "net/authentication/dns_book.hpp"
#include "net/authentication/spf_record.hpp"

#include <optional>

namespace troupe::authentication {

/// RFC 7208 §4.6.4.
struct spf_limits {
  unsigned lookups_max = 10;      ///< Terms that ask the DNS.
  unsigned void_lookups_max = 2;  ///< Of these, answers without a record.
  std::size_t hosts_max = 10;     ///< Of one mx, and of one ptr.
};

/// check_host() for the sender's domain, or nothing where the book lacks an answer.
[[nodiscard]] std::optional<spf_outcome> check_spf(const spf_facts& facts, dns_book& book,
                                                   const spf_limits& limits = {});

} // namespace troupe::authentication
