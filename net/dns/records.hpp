// An answer of the DNS as it came: for whoever knows what the records mean.

#pragma once

#include "net/core/ip_address.hpp"
#include "net/core/time.hpp"
#include "net/dns/answer_kind.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::dns {

enum class record_type : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };

/// More records of one answer than this are not looked at.
inline constexpr std::size_t records_max = 100;

struct record_answer {
  answer_kind kind = answer_kind::timed_out;
  bool secure = false;           ///< DNSSEC vouches for it, also for there being none.
  std::vector<std::string> data; ///< RDATA of each, names uncompressed (RFC 1035 §3.3).
  seconds ttl{0};
};

/// The strings of a TXT record as one (RFC 7208 §3.3). Nothing where it is malformed.
[[nodiscard]] std::optional<std::string> read_text(std::string_view data);

/// The name that RDATA holds, as of a PTR record: labels with dots between, without a
/// final one. Nothing where it is malformed, or where a label has a dot or a control
/// character in it.
[[nodiscard]] std::optional<std::string> read_name(std::string_view data);

/// The address of an A or AAAA record. Nothing where it is malformed.
[[nodiscard]] std::optional<ip_address> read_address(std::string_view data);

} // namespace troupe::dns
