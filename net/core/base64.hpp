// Base64 (RFC 4648 §4), as mail and SASL write bytes.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// With padding, without line ends.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// Nothing where a letter is foreign, where the padding is missing or in the wrong
/// place, or where bits that say nothing are set: one text for each string of bytes.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

} // namespace troupe
