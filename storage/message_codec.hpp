// How a queued message lies in its row: a version byte, then fields in a fixed
// order, numbers as LEB128, strings with their length. Reading trusts nothing.

#pragma once

#include "net/core/queued_message.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::storage {

/// More bytes than this are not read; enough for 1000 recipients with all they carry.
inline constexpr std::size_t packed_bytes_max = 16 * 1024 * 1024;
/// A stored last_reply, envid, orcpt, client or hold_reason is cut to this.
inline constexpr std::size_t packed_text_bytes_max = 4096;

/// Everything but the id and what the row's columns say.
[[nodiscard]] std::string pack_message(const queued_message& mail);

/// Fails with storage_failed (damaged) or storage_foreign (a later version's).
[[nodiscard]] result<queued_message> unpack_message(message_id id, std::string_view packed);

} // namespace troupe::storage
