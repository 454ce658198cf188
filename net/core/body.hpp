// The bytes of a message, immutable once made. Small ones are in memory, large
// ones in a file; a handle moves through mailboxes, the bytes never do.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace troupe {

/// Lines end in CRLF, dots are not stuffed. Exactly one of the two holds the bytes.
struct body {
  std::string bytes; ///< The whole, when `file` is empty.
  std::string file;  ///< Path of a file that holds the whole.
  std::uint64_t size = 0;

  [[nodiscard]] bool in_file() const noexcept { return !file.empty(); }
};

using body_ptr = std::shared_ptr<const body>;

/// Above it a body has a file of its own.
inline constexpr std::uint64_t body_inline_bytes_max = 256 * 1024;

} // namespace troupe
