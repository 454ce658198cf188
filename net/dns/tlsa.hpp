// TLSA records (RFC 6698 §2.1): where those of a mail host stand, and which of them count
// (RFC 7672).

#pragma once

#include "net/core/dane.hpp"
#include "net/dns/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::dns {

/// A whole certificate (matching type 0) is no larger.
inline constexpr std::size_t tlsa_data_bytes_max = 8 * 1024;
/// More usable records of one host than this are not looked at.
inline constexpr std::size_t tlsa_records_max = 32;

/// "_25._tcp.mx.example.org".
[[nodiscard]] std::string tlsa_name(std::string_view base, std::uint16_t port);

/// Nothing where RDATA is too short.
[[nodiscard]] std::optional<tlsa_record> read_tlsa(std::string_view data);

/// RFC 7672 §3.1: usage 2 and 3 with selectors, matching types and lengths that are known.
[[nodiscard]] bool is_usable(const tlsa_record& record) noexcept;

/// What the answer means for the host `base`. An answer that DNSSEC does not vouch for
/// counts as none, and one that failed means that nobody knows.
[[nodiscard]] dane_facts choose_tlsa(std::string_view base, const record_answer& answer);

/// Of a host that is an alias: the name at the end of the aliases goes first (RFC 7672 §2.2.3).
[[nodiscard]] dane_facts choose_tlsa(dane_facts of_canonical, dane_facts of_own);

} // namespace troupe::dns
