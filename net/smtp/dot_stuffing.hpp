// Makes what follows DATA of a body (RFC 5321 §4.5.2): a dot before each line that
// begins with one, and the final dot.
//
// Bodies in our queue hold no bare CR or LF: the server machine refuses or rewrites
// them on the way in. Since one that slipped through could end the message early
// at a lenient peer and smuggle what follows as commands, this doesn't rely on it: a
// bare CR or LF leaves as CRLF. It costs a second memchr a line.
//
// A NUL is no line end, but there are peers that drop it, and then see a dot that stood
// behind it at the start of their line: such a line gets a dot before its NULs, too, which
// every receiver takes away. A line of nothing but NULs gets none, lest it become that dot.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

/// NULs that begin a line are held back until it is seen what follows. RFC 5322 §2.1.1: no
/// line is longer than this; one of nothing but NULs is cut there.
inline constexpr std::size_t nul_run_max = 998;

class dot_stuffer {
public:
  /// Appends the next bytes of the body to `out`, at most doubled, and up to nul_run_max
  /// that were held back. Where the body was cut means nothing.
  void add(std::string_view bytes, std::string& out);

  /// Appends a CRLF if the body lacks its last, and ".\r\n". Ready for another body.
  void end(std::string& out);

private:
  enum class place : std::uint8_t { line_start, within, after_cr };
  void hold_nul(std::string& out);

  std::size_t nuls_ = 0; ///< Held back; all of the line so far.
  place place_ = place::line_start; ///< after_cr: the CR is held back until its LF comes.
};

} // namespace troupe::smtp
