// What a filter wants to be otherwise in a message that is whole and not kept yet.
// Fields are counted as split_header counts them: from the top, from zero, in the
// message as it was before any of these changes.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// Everything that is put in is whole fields: lines that end in CRLF, folds included.
struct message_changes {
  std::string prepended;                     ///< In front of the first field.
  std::map<std::size_t, std::string> fields; ///< Stands where that field stood; "" drops it.
  std::string appended;                      ///< Behind the last field.
  std::optional<std::string> text;           ///< Instead of all that follows the empty line.

  [[nodiscard]] bool empty() const noexcept {
    return prepended.empty() && fields.empty() && appended.empty() && !text;
  }
};

/// A header longer than this is changed at its front only: what is meant for later
/// fields and for the text of such a message cannot be done.
inline constexpr std::size_t changed_header_bytes_max = 1024 * 1024;

/// How a message begins now: the new header, with the empty line if there was one.
struct changed_head {
  std::string bytes;
  std::size_t instead_of = 0; ///< So many bytes of the old message.
};

/// @param start the message up to changed_header_bytes_max, or all of it
[[nodiscard]] changed_head change_head(std::string_view start, const message_changes& what);

/// Does all of it to a message in memory.
void apply(const message_changes& what, std::string& message);

} // namespace troupe
