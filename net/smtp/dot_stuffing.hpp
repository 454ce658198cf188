// Makes what follows DATA of a body (RFC 5321 §4.5.2): a dot before each line that
// begins with one, and the final dot.
//
// Bodies in our queue hold no bare CR or LF: the server machine refuses or rewrites
// them on the way in. Since one that slipped through could end the message early
// at a lenient peer and smuggle what follows as commands, this doesn't rely on it: a
// bare CR or LF leaves as CRLF. It costs a second memchr a line.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

class dot_stuffer {
public:
  /// Appends the next bytes of the body to `out`, at most doubled. Where the body was
  /// cut means nothing.
  void add(std::string_view bytes, std::string& out);

  /// Appends a CRLF if the body lacks its last, and ".\r\n". Ready for another body.
  void end(std::string& out);

private:
  enum class place : std::uint8_t { line_start, within, after_cr };
  place place_ = place::line_start; ///< after_cr: the CR is held back until its LF comes.
};

} // namespace troupe::smtp
