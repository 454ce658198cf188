// How a queued message lies in its row: a version byte, then fields in a fixed
// order, numbers as LEB128, strings with their length. Reading trusts nothing: no
// length is believed that the bytes at hand cannot hold.

#pragma once

#include "net/core/queued_message.hpp"
#include "net/core/result.hpp"

#include <string>
#include <string_view>

namespace troupe::storage {

/// What is stored for people to read (last_reply, client, hold_reason) is cut to so
/// many bytes, at a character's boundary.
inline constexpr std::size_t packed_note_bytes_max = 1024;

/// Everything but the id, in the place of what `packed` held.
void pack_message(const queued_message& mail, std::string& packed);

/// Fails with malformed (damaged) or storage_foreign (of a later version).
[[nodiscard]] result<queued_message> unpack_message(message_id id, std::string_view packed);

} // namespace troupe::storage
