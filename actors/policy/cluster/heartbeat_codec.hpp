// A heartbeat and a row of a member as bytes: the first crosses the wire, the second is
// also kept on disk. What a peer says is bounded here, whatever it claims.

#pragma once

#include "actors/policy/cluster/membership.hpp"

#include <string>
#include <string_view>

namespace troupe::policy {

inline constexpr std::size_t member_name_bytes_max = 64;     ///< As node.name.
inline constexpr std::size_t member_address_bytes_max = 300; ///< A host name, a colon and a port.
/// Enough for members_max rows of the longest names.
inline constexpr std::size_t heartbeat_bytes_max = 32 << 10;

/// Letters, digits, ".", "_", "-"; 1 to member_name_bytes_max.
[[nodiscard]] bool is_member_name(std::string_view text) noexcept;
/// "host:port" or "[ipv6]:port" in printable ASCII without blanks; or empty: no one listens.
[[nodiscard]] bool is_member_address(std::string_view text) noexcept;

/// Begins with `speaks`, which every version can read; the rest is in the version
/// `beat.speaks.highest`.
/// @pre names and addresses are within their bounds, at most members_max members
[[nodiscard]] std::string encode_heartbeat(const heartbeat& beat);

/// Fails with malformed. Of a foreign version only `speaks` and who it is are read, so that
/// it can be refused by name: the machine does so.
[[nodiscard]] result<heartbeat> decode_heartbeat(std::string_view bytes);

/// A row as it is kept: versioned by itself.
[[nodiscard]] std::string encode_member(const member_row& row);
/// Fails with malformed, or with storage_foreign for a later version.
[[nodiscard]] result<member_row> decode_member(std::string_view bytes);

} // namespace troupe::policy
