// Cuts the bytes that a server sends into replies (RFC 5321 §4.2).
//
// Lines end in CRLF only; a bare CR or LF is text, and no text leaves uncleaned. All
// lines of a reply bear one code, 200 to 599. What breaks that is broken for good:
// nobody can tell where the next reply would start.

#pragma once

#include "net/core/reply.hpp"
#include "net/smtp/client_options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

enum class reply_progress : std::uint8_t { partial, whole, broken };

class reply_parser {
public:
  /// @pre `limits` outlives the parser
  explicit reply_parser(const reply_limits& limits) : limits_(limits) {}

  /// Takes bytes off the front of `bytes`, up to the end of one reply. A whole reply
  /// is there until the next call.
  [[nodiscard]] reply_progress read(std::string_view& bytes);

  /// Of the whole reply.
  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] std::size_t lines() const noexcept { return lines_; }

  /// Its words as they may enter an outcome: cleaned, the enhanced code taken off,
  /// each line cut at reply_line_bytes_max, and no more lines than fit into
  /// reply_words_bytes_max (but always the first).
  [[nodiscard]] reply words() const;

  /// Calls `take(std::string_view line)` for each line as it came, without code.
  template <class Take>
  void each_line(Take take) const {
    std::string_view rest = text_;
    for (std::size_t i = 0; i < lines_; ++i) {
      const auto end = rest.find('\n');
      take(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }

  /// Why it broke, in our words.
  [[nodiscard]] std::string_view flaw() const noexcept { return flaw_; }

private:
  [[nodiscard]] reply_progress take_line(std::string_view line);
  [[nodiscard]] reply_progress fail(std::string_view flaw) noexcept;

  const reply_limits& limits_;
  std::string partial_; ///< A line whose end has not come.
  std::string text_;    ///< Lines of the reply, '\n' between them.
  std::size_t lines_ = 0;
  int code_ = 0;
  bool whole_ = true; ///< The next line starts a reply.
  std::string_view flaw_;
};

/// What is kept of one line of text, and of all.
inline constexpr std::size_t reply_line_bytes_max = 512;
inline constexpr std::size_t reply_words_bytes_max = 2048;

/// Text of a peer as it may enter an outcome, a log or a notice: control characters
/// and broken UTF-8 are '?', and it is cut at a character's end.
[[nodiscard]] std::string clean_reply_text(std::string_view text);

} // namespace troupe::smtp
