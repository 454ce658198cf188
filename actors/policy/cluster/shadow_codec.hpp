// What SHADOWs say to each other, and what they keep of it on disk, as bytes. The envelope
// of a message is bytes here already (storage/message_codec); a body is text, or comes in
// parts. What a peer says is bounded, whatever it claims.

#pragma once

#include "actors/policy/cluster/shadow_words.hpp"
#include "net/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace troupe::policy {

/// As a parcel's: nothing that SHADOWs say is longer.
inline constexpr std::size_t shadow_bytes_max = 1024 * 1024;
/// Of one notice; whoever tells of more recipients makes several.
inline constexpr std::size_t notice_recipients_max = 4096;
/// Of a packed envelope that travels. A message whose envelope is larger has no copies.
inline constexpr std::size_t envelope_bytes_max = 640 * 1024;
/// Of a body that travels with its envelope; a larger one follows in parts.
inline constexpr std::size_t body_part_bytes_max = 256 * 1024;
/// Items in one word: notices, replies, ids.
inline constexpr std::size_t shadow_items_max = 4096;

/// The message that keep_copy and take_message bring.
struct carried_letter {
  std::string envelope;
  std::string body;
  bool follows = false; ///< The body comes in parts, of the stream that `attempt` numbers.
};

struct shadow_word {
  shadow_message what;
  carried_letter letter{}; ///< Of keep_copy and take_message.
};
/// Part of the body of the copy with this attempt. One is under way at a time.
struct body_part {
  std::uint64_t stream = 0;
  std::uint64_t offset = 0;
  std::string bytes; ///< At least one, at most body_part_bytes_max.
};
/// All up to this offset is on its way to disk there: the next one, please.
struct part_taken {
  std::uint64_t stream = 0;
  std::uint64_t up_to = 0;
};
using shadow_parcel = std::variant<shadow_word, body_part, part_taken>;

/// Of `notices` so many of the first as fit; the others go when these are answered.
/// @pre within the bounds above
[[nodiscard]] std::string encode_shadow(const shadow_parcel& what);
/// Fails with malformed, or with storage_foreign for a version that we do not speak.
[[nodiscard]] result<shadow_parcel> decode_shadow(std::string_view bytes);

/// Rows of the tables on disk: without the id, or sequence, which are their keys.
[[nodiscard]] std::string encode_custody(const custody_row& row);
[[nodiscard]] std::string encode_notice(const peer_notice& what);
/// Both fail with malformed, or with storage_foreign for a later version.
[[nodiscard]] result<custody_row> decode_custody(message_id id, std::string_view bytes);
[[nodiscard]] result<peer_notice> decode_notice(std::uint64_t sequence, std::string_view bytes);

} // namespace troupe::policy
