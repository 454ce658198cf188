// How a question to the DNS ended.

#pragma once

#include <cstdint>

namespace troupe::dns {

enum class answer_kind : std::uint8_t {
  records,       ///< There is at least one.
  no_data,       ///< The name is there, the type is not.
  no_domain,     ///< NXDOMAIN.
  server_failed, ///< SERVFAIL, REFUSED and whatever else says nothing about the name.
  bogus,         ///< DNSSEC: someone tampered with it.
  timed_out,
};

/// True for what another try may answer differently.
[[nodiscard]] constexpr bool is_temporary(answer_kind kind) noexcept {
  return kind == answer_kind::server_failed || kind == answer_kind::bogus
         || kind == answer_kind::timed_out;
}

} // namespace troupe::dns
