// Reads a message body off the wire: finds its end, takes stuffed dots away, and
// watches for bare CR and LF. The one place that decides where a letter ends, so
// it knows one end only: CR LF . CR LF (RFC 5321 §2.3.8, §4.1.1.4, §4.5.2).
//
//   position    after
//   line_start  a true CRLF, or at the very start
//   in_line     anything else; also a bare newline, whatever it was made into
//   cr          a CR that may yet become a CRLF
//   dot         a dot at line_start, held back
//   dot_cr      that dot and a CR, held back

#pragma once

#include "net/smtp/session_options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::smtp {

enum class framing : std::uint8_t {
  dots,   ///< DATA: ends with a dot alone on a line.
  chunks, ///< BDAT: ends where it was said to; dots mean nothing.
  octets, ///< BDAT of BINARYMIME: the same, and CR and LF mean nothing either.
};

class body_scanner {
public:
  body_scanner(framing frame, bare_newline policy) : frame_(frame), policy_(policy) {}

  struct found {
    std::size_t taken;     ///< Bytes of the input that are used up.
    std::string_view body; ///< What they are in the body; lives until the next call.
    bool ended;            ///< The dot that ends the message was among them.
  };

  /// Works in place: `data` is overwritten, as unstuffing makes it shorter. Takes all
  /// of it, or all up to and with the end.
  [[nodiscard]] found scan(char* data, std::size_t size);

  /// For chunks, which end without a sign: what the body still lacks, if it stopped
  /// after a CR. Bare is bare: without the LF the message may be flawed now.
  [[nodiscard]] std::string_view finish();

  /// A bare newline was there and the policy is to reject.
  [[nodiscard]] bool is_flawed() const noexcept { return flawed_; }

  /// From now on only the end is looked for; `body` stays empty.
  void mute() noexcept { muted_ = true; }

private:
  enum class position : std::uint8_t { line_start, in_line, cr, dot, dot_cr };
  class sink;

  [[nodiscard]] std::size_t ordinary_run(const char* data, std::size_t size) const noexcept;
  void step(const char* byte, sink& out, bool& used, bool& ended);
  void on_bare_newline(sink& out, std::string_view made_into);

  std::string rewritten_; ///< A body that grew: normalising adds bytes.
  framing frame_;
  bare_newline policy_;
  position position_ = position::line_start;
  bool flawed_ = false;
  bool muted_ = false;
};

} // namespace troupe::smtp
